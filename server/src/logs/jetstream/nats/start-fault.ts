/** Why a log on a stream cannot be opened. */
export type StartFaultKind =
  /** No server answers at any of the addresses: `detail` is what the last one failed with. */
  | 'unreachable'
  /** A server rejects the user. */
  | 'rejected'
  /** The file of credentials or a certificate cannot be read. */
  | 'credentials'
  | 'tls'
  /** A server is older than this log works with: `detail` is its version. */
  | 'too-old'
  /** The servers have no JetStream, for this account. */
  | 'no-jetstream'
  /** Messages may not be as large as a put: `detail` is how large they may be, in bytes. */
  | 'too-small'
  /** The stream does not exist and cannot be created, or is another than the settings say. */
  | 'stream'
  /** There is no such stream, and none may be created. */
  | 'missing'
  /** The stream holds something else than a log. */
  | 'foreign'
  /** A newer version has written it. */
  | 'newer';

/** A log on a stream cannot be opened. The caller reports it in words of its own. */
export class StreamStartFault extends Error {
  override readonly name = 'StreamStartFault';
  readonly kind: StartFaultKind;
  readonly detail: string;

  constructor(kind: StartFaultKind, detail: string, cause?: unknown) {
    super(`${kind}: ${detail}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.detail = detail;
  }
}
