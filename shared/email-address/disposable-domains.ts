/**
 * Domains of disposable mail services, in the form of `normalizeEmail`. A subdomain
 * (`anything.mailinator.com`) counts too.
 */
export const disposableMailDomains: ReadonlySet<string> = new Set(
  `
    0-mail.com 10minutemail.com 10minutemail.net 20minutemail.com 33mail.com anonbox.net anonymbox.com
    armyspy.com burnermail.io cuvox.de dayrep.com discard.email discardmail.com discardmail.de
    dispostable.com einrot.com emailfake.com emailondeck.com emailtemporario.com.br fakeinbox.com
    fakemail.net fakemailgenerator.com fleckens.hu generator.email getairmail.com getnada.com grr.la
    guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net
    guerrillamail.org guerrillamailblock.com gustr.com harakirimail.com incognitomail.org inboxbear.com
    inboxkitten.com jetable.org jourrapide.com mail-temp.com mail-temporaire.fr mailcatch.com maildrop.cc
    mailexpire.com mailforspam.com mailinator.com mailinator.net mailinator2.com mailnesia.com mailnull.com
    mailpoof.com mailsac.com meltmail.com mintemail.com minutemail.com moakt.com mohmal.com mytemp.email
    mytrashmail.com nada.email pokemail.net rhyta.com sharklasers.com spam4.me spambog.com spambox.us
    spamgourmet.com superrito.com teleworm.us temp-mail.io temp-mail.org tempail.com tempinbox.com
    tempmail.net tempmailo.com tempr.email throwawaymail.com trash-mail.com trashmail.com trashmail.de
    trashmail.net trbvm.com wegwerfmail.de yopmail.com yopmail.fr yopmail.net
  `
    .trim()
    .split(/\s+/),
)

/** Whether a normalised e-mail address belongs to one of these domains or a subdomain. */
export function isDisposable(email: string): boolean {
  const labels = email.slice(email.lastIndexOf('@') + 1).split('.')
  return labels.some((_, index) => disposableMailDomains.has(labels.slice(index).join('.')))
}
