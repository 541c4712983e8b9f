/** One request as the server understood it. */
export interface ServedRequest {
  /** For example `GetObject`, `ListObjectsV2`, `ListPublicKeys`. */
  readonly operation: string;
  readonly bucket?: string;
  readonly key?: string;
  /** Of one version alone. */
  readonly versionId?: string;
  /** Of a listing. */
  readonly prefix?: string;
  /** The region of the caller's signature, where there is one. */
  readonly region?: string;
  /** Who says to pay for it. */
  readonly requestPayer?: string;
  /** The access key that it is signed with. */
  readonly accessKeyId?: string;
}

/** What goes back, before a fault gets at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Makes an error answer in the manner of a service. */
export type ErrorForm = (status: number, errorCode: string, message: string, extra?: string) => Answer;

export const errorXml: ErrorForm = (status, errorCode, message, extra = '') => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${errorCode}</Code><Message>${message}</Message>${extra}<RequestId>LOOPBACK</RequestId></Error>`,
  ),
});

export const errorJson: ErrorForm = (status, errorCode, message) => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: Buffer.from(JSON.stringify({ __type: errorCode, message })),
});

/** What S3 says of an object that lies in an archive. */
export const archivedError = (errorForm: ErrorForm, storageClass: string): Answer =>
  errorForm(
    403,
    'InvalidObjectState',
    "The operation is not valid for the object's storage class",
    `<StorageClass>${storageClass}</StorageClass>`,
  );

export const xml = (text: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`),
});

/** As S3 encodes names: like a form, but for the slashes. */
export const encodeName = (name: string): string =>
  encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+').replaceAll("'", '%27');

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
