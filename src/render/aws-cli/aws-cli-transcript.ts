import { NO_PUBLIC_KEYS } from '../../core/aws-cli/aws-cli-verifier.js';
import type { Finding, FindingArguments, Refusal } from '../../core/findings/finding.js';
import { toS3Uri } from '../../core/objects/object-ref.js';
import type { DigestEvent, LogEvent, VerifyEvent } from '../../core/report/verify-events.js';
import { formatInstant, type Instant } from '../../core/time/instant.js';

/** What `aws cloudtrail validate-logs` writes, and where. */
export interface AwsCliOutput {
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface AwsCliRequest {
  readonly trailArn: string;
  readonly startTime: Instant;
  readonly endTime: Instant;
  readonly verbose: boolean;
}

/** The AWS CLI stops where it cannot read an object; the message is the one it gives. */
export class AwsCliStop extends Error {
  override readonly name = 'AwsCliStop';
}

interface Count {
  valid: number;
  invalid: number;
}

/**
 * Tells a verification in the words, spacing and order of `aws cloudtrail validate-logs` (AWS CLI 1.45.55):
 * valid files on standard output if asked for, failures on standard error between empty lines, counts at the end.
 */
export class AwsCliTranscript {
  readonly #request: AwsCliRequest;
  readonly #homeRegion: string;
  readonly #counts = { digest: newCount(), 'backfill digest': newCount(), log: newCount() };
  #endsInEmptyLine = true;
  #foundStart: Instant | undefined;
  #foundEnd: Instant | undefined;

  constructor(request: AwsCliRequest) {
    this.#request = request;
    this.#homeRegion = request.trailArn.split(':')[3] ?? '';
  }

  begin(): AwsCliOutput {
    const { trailArn, startTime, endTime } = this.#request;
    const range = `between ${formatInstant(startTime)} and ${formatInstant(endTime)}`;
    return { stdout: `Validating log files for trail ${trailArn} ${range}\n\n` };
  }

  /** @throws {AwsCliStop} at an object that cannot be read */
  event(event: VerifyEvent): AwsCliOutput {
    if (event.type === 'digest') return this.#digest(event);
    if (event.type === 'log') return this.#log(event);
    if (event.type !== 'gap') return {};
    const range = `between ${formatInstant(event.from)} and ${formatInstant(event.to)}`;
    return this.#failure(
      `${event.chain.kind === 'backfill' ? '(backfill) ' : ''}No log files were delivered by CloudTrail ${range}`,
    );
  }

  end(): AwsCliOutput {
    const { startTime, endTime } = this.#request;
    const gap = this.#endsInEmptyLine ? '' : '\n';
    const requested = `${gap}Results requested for ${formatInstant(startTime)} to ${formatInstant(endTime)}\n`;
    if (this.#totalDigests === 0) return { stdout: `${requested}No digests found\n` };
    const found =
      this.#foundStart === undefined || this.#foundEnd === undefined
        ? 'No valid digests found in range\n'
        : `Results found for ${formatInstant(this.#foundStart)} to ${formatInstant(this.#foundEnd)}:\n`;
    const ratios = Object.entries(this.#counts).map(([name, count]) => toRatio(name, count));
    return { stdout: `${requested}${found}${ratios.join('')}\n` };
  }

  /** 1 when anything was invalid, otherwise 0, also when there was nothing. */
  get exitStatus(): 0 | 1 {
    return Object.values(this.#counts).some(({ invalid }) => invalid > 0) ? 1 : 0;
  }

  get #totalDigests(): number {
    return [this.#counts.digest, this.#counts['backfill digest']].reduce(
      (sum, { valid, invalid }) => sum + valid + invalid,
      0,
    );
  }

  #digest(event: DigestEvent): AwsCliOutput {
    const isBackfill = event.chain.kind === 'backfill';
    const count = this.#counts[isBackfill ? 'backfill digest' : 'digest'];
    const line = `${isBackfill ? '(backfill) ' : ''}Digest file\t${toS3Uri(event.ref)}\t`;
    const [fault] = event.findings;
    if (fault) {
      const reason = digestFault(fault, this.#homeRegion);
      count.invalid += 1;
      return this.#failure(`${line}INVALID: ${reason}`);
    }
    count.valid += 1;
    if (event.start !== undefined) this.#trackFound(event.start, event.end);
    return this.#success(`${line}valid`);
  }

  #log(event: LogEvent): AwsCliOutput {
    const line = `Log file\t${toS3Uri(event.ref)}\t`;
    const [fault] = event.findings;
    if (fault) {
      const reason = logFault(fault);
      this.#counts.log.invalid += 1;
      return this.#failure(`${line}INVALID: ${reason}`);
    }
    this.#counts.log.valid += 1;
    return this.#success(`${line}valid`);
  }

  #trackFound(start: Instant, end: Instant): void {
    const { startTime, endTime } = this.#request;
    this.#foundStart = Math.min(this.#foundStart ?? Number.POSITIVE_INFINITY, Math.max(start, startTime));
    this.#foundEnd = Math.max(this.#foundEnd ?? Number.NEGATIVE_INFINITY, Math.min(end, endTime));
  }

  #success(line: string): AwsCliOutput {
    if (!this.#request.verbose) return {};
    this.#endsInEmptyLine = false;
    return { stdout: `${line}\n` };
  }

  #failure(line: string): AwsCliOutput {
    const gap = this.#endsInEmptyLine ? '' : '\n';
    this.#endsInEmptyLine = true;
    return { stderr: `${gap}${line}\n\n` };
  }
}

const newCount = (): Count => ({ valid: 0, invalid: 0 });

function toRatio(name: string, { valid, invalid }: Count): string {
  const total = valid + invalid;
  if (total === 0) return '';
  return `\n${valid}/${total} ${name} files valid${invalid > 0 ? `, ${invalid}/${total} ${name} files INVALID` : ''}`;
}

function digestFault(fault: Finding, homeRegion: string): string {
  stopAtUnreadable(fault);
  switch (fault.code) {
    case 'digest-missing':
      return 'not found';
    case 'digest-moved':
      return 'has been moved from its original location';
    case 'digest-signature-missing':
    case 'digest-signature-invalid':
      return 'signature verification failed';
    case 'digest-keys-unavailable':
      return fault.args.message;
    case 'digest-key-unknown':
      return `public key not found in region ${homeRegion} for fingerprint ${fault.args.fingerprint}`;
    case 'digest-key-unsuitable':
      return `Unable to load PKCS #1 key with fingerprint ${fault.args.fingerprint}`;
    default:
      return 'invalid format';
  }
}

function logFault(fault: Finding): string {
  stopAtUnreadable(fault);
  switch (fault.code) {
    case 'log-missing':
      return 'not found';
    case 'log-modified':
      return "hash value doesn't match";
    case 'log-gzip-trailing-data':
      return 'unexpected data after end of compressed stream';
    default:
      return 'invalid format';
  }
}

/** Neither valid nor invalid: the AWS CLI has no third answer and gives up. */
function stopAtUnreadable(fault: Finding): void {
  switch (fault.code) {
    case 'digest-access-denied':
    case 'log-access-denied':
    case 'digest-unavailable':
    case 'log-unavailable':
      throw new AwsCliStop(toServiceMessage(fault.args.errorCode, operationRefused(fault.args), fault.args.message));
    case 'digest-keys-unavailable':
      if (fault.args.errorCode === NO_PUBLIC_KEYS) return;
      throw new AwsCliStop(toServiceMessage(fault.args.errorCode, 'ListPublicKeys', fault.args.message));
    case 'digest-archived':
    case 'log-archived':
      throw new AwsCliStop(
        toServiceMessage(
          'InvalidObjectState',
          'GetObject',
          "The operation is not valid for the object's storage class",
        ),
      );
    case 'digest-too-large':
    case 'log-too-large':
      throw new AwsCliStop(`Refused to read more than ${limitOf(fault.args)} of ${uriOf(fault)}`);
    default:
  }
}

const limitOf = ({ measure, limit }: FindingArguments['digest-too-large']): string =>
  measure === 'values' ? `${limit} JSON values` : `${limit} bytes (${measure})`;

/** The AWS CLI asks for a bucket's region before it asks for an object, and so learns there that it does not exist. */
const operationRefused = ({ errorCode }: Refusal): string =>
  errorCode === 'NoSuchBucket' ? 'GetBucketLocation' : 'GetObject';

const uriOf = ({ subject }: Finding): string => ('key' in subject ? toS3Uri(subject) : subject.type);

/** How the AWS CLI words the error of a service. */
export const toServiceMessage = (errorCode: string, operation: string, message: string): string =>
  `An error occurred (${errorCode}) when calling the ${operation} operation: ${message}`;
