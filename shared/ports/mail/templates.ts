import type { MailTemplate } from '../../core/mail.ts'
import { customerLetters } from './templates-customer.ts'
import type { Letter, LetterTemplate, MailVariables, Paragraph } from './templates-letter.ts'
import { orderLetters } from './templates-order.ts'

const templates = { ...customerLetters, ...orderLetters } satisfies Record<MailTemplate, LetterTemplate>

/** The variables that a mail requires. */
export function mailVariables(template: MailTemplate): readonly string[] {
  return templates[template].variables
}

/**
 * Renders the subject and both bodies of a mail. A variable is plain text on one line, escaped in the HTML.
 * Unknown variables are ignored.
 *
 * @throws PortError `rejected`, `template_variable_missing`
 */
export function renderMail(
  template: MailTemplate,
  variables: MailVariables,
): { subject: string; text: string; html: string } {
  const letter = templates[template].write(variables, template)
  return { subject: letter.subject, text: plainText(letter), html: page(letter) }
}

/** Mail programs recognize a signature by `-- `. */
function plainText({ body, because }: Letter): string {
  const paragraphs = body.map((part) => (typeof part === 'string' ? part : `    ${part.shown}`))
  return `${[...paragraphs, 'Yours, Petrel', `-- \n${because}`].join('\n\n')}\n`
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif"
/** Mail programs drop style sheets, so each element has inline styles; nothing is loaded. */
const styles = {
  body: 'margin:0;padding:24px 12px;background:#f3f5f7',
  card: `max-width:36rem;margin:0 auto;padding:24px 28px;border-radius:8px;background:#ffffff;color:#1c2733;font-size:16px;line-height:1.5;${FONT}`,
  brand: 'margin:0 0 20px;font-weight:700;letter-spacing:0.04em;color:#0b5c7a',
  paragraph: 'margin:0 0 16px;overflow-wrap:anywhere',
  shown:
    'margin:0 0 16px;padding:12px 16px;border-radius:6px;background:#eaf3f7;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:18px;overflow-wrap:anywhere',
  because: `max-width:36rem;margin:12px auto 0;padding:0 28px;color:#5d6b78;font-size:13px;line-height:1.4;${FONT}`,
} as const

function page({ subject, body, because }: Letter): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    `<body style="${styles.body}">`,
    `<div style="${styles.card}">`,
    `<p style="${styles.brand}">Petrel</p>`,
    ...body.map(paragraph),
    '</div>',
    `<p style="${styles.because}">${escapeHtml(because)}</p>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function paragraph(part: Paragraph): string {
  if (typeof part === 'string') return `<p style="${styles.paragraph}">${escapeHtml(part)}</p>`
  return `<p style="${styles.shown}"><strong>${escapeHtml(part.shown)}</strong></p>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
