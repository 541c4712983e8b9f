import type { S3Client } from '@aws-sdk/client-s3';

/** What says that whoever asks pays (Requester Pays). To be signed, like all headers of its kind. */
export const PAYER_HEADER = { 'x-amz-request-payer': 'requester' } as const;

/** Has every request of a client say so: those for objects, and listings. */
export function payForRequests(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { readonly headers: object }).headers, PAYER_HEADER);
      return next(args);
    },
    { step: 'build', name: 'payForRequests' },
  );
}
