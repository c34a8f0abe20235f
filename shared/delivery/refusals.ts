import { type RefusalCatalog, refusing } from '../core/refusal.ts'

export const deliveryRefusals = {
  delivery_not_found: {
    kind: 'not_found',
    title: 'There is no such delivery.',
    remedy: 'Check the id; the deliveries of an order are listed in the order.',
  },
  delivery_exists: {
    kind: 'conflict',
    title: 'The delivery belongs to another order.',
    remedy: 'Schedule the delivery under an id of its own.',
  },
  delivery_not_started: {
    kind: 'conflict',
    title: 'The parcel has not left yet.',
    remedy: 'Start the delivery first.',
  },
  delivery_started: {
    kind: 'conflict',
    title: 'The parcel has left already.',
    remedy: 'What is under way can no longer be cancelled or started anew; let it arrive and return it.',
  },
  delivery_not_completed: {
    kind: 'conflict',
    title: 'The parcel has not arrived yet.',
    remedy: 'A delivery can be confirmed once it is completed.',
  },
  delivery_ended: {
    kind: 'conflict',
    title: 'The delivery has ended.',
    remedy: 'Nothing more can happen to it; look at its status, and schedule another one if need be.',
  },
  delay_not_in_future: {
    kind: 'invalid',
    title: 'A delivery can only be delayed to a time to come.',
    remedy: 'Give a new date that is later than now.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(deliveryRefusals)
