import { PERMISSIONS } from '../../app/iam/permissions.js';
import { UsageError } from '../../compose/errors/usage-error.js';
import { hintFor } from '../../compose/source/parse-source.js';
import { CheckpointStoreError } from '../../ports/checkpoint-store.js';
import { KeyFileError } from '../../ports/key-source.js';
import {
  CredentialsError,
  ListingError,
  StoppedError,
  StoreOpenError,
  StoreUnreachableError,
} from '../../ports/object-store.js';
import { mayPass, ServiceError } from '../../ports/service-error.js';
import { EXIT } from './exit-status.js';
import { adviceOn, isSystemError, isWrongPath, OutputError } from './system-error.js';

/** How a run ends that came to no verdict. */
export interface Exit {
  /** The cause and the next step. Text from outside in it is not escaped. */
  readonly message: string;
  readonly status: number;
}

/** What to do about words and flags that are not known. */
export const SEE_HELP = 'trailproof --help lists the commands, trailproof COMMAND --help the flags of one.';

/** Tells errors of use (64) from places that cannot be reached, read or written (2) and from bugs (70). */
export function toExit(error: unknown): Exit {
  if (error instanceof UsageError) return { message: error.message, status: EXIT.usage };
  if (error instanceof StoreOpenError) {
    const hint = hintFor(error.path) ?? 'Name a folder that holds AWSLogs, or s3://BUCKET.';
    return { message: `${error.message}\n${hint}`, status: EXIT.usage };
  }
  if (error instanceof KeyFileError) {
    const hint = 'Save keys with trailproof keys fetch, or with aws cloudtrail list-public-keys.';
    return { message: `${error.message}\n${hint}`, status: EXIT.usage };
  }
  if (error instanceof CheckpointStoreError)
    return { message: error.message, status: error.fault === 'unfit' ? EXIT.usage : EXIT.undetermined };
  if (error instanceof CredentialsError) return { message: error.message, status: EXIT.undetermined };
  if (error instanceof StoreUnreachableError) {
    return {
      message: `${error.message}\nNothing is concluded. Check the network and run again.`,
      status: EXIT.undetermined,
    };
  }
  if (error instanceof StoppedError)
    return { message: `${error.message}. Nothing is concluded.`, status: EXIT.undetermined };
  if (error instanceof ListingError) return fromListing(error);
  if (error instanceof ServiceError) return fromService(error);
  // What yargs refuses while a command is being loaded comes past its own handler.
  if (error instanceof Error && error.name === 'YError') {
    return { message: `${error.message}\n${SEE_HELP}`, status: EXIT.usage };
  }
  return fromSystem(error) ?? fromBug(error);
}

function fromListing({ request, reason }: ListingError): Exit {
  // It may have been deleted, with all that is looked for.
  if (reason.status === 'not-found')
    return { message: `there is no bucket ${request.bucket}\nCheck its name.`, status: EXIT.undetermined };
  const { errorCode, message } = reason.refusal;
  if (errorCode === 'InvalidBucketName') return { message: `${request.bucket}: ${message}`, status: EXIT.usage };
  const hint = reason.status === 'denied' ? 'It takes s3:ListBucket and s3:GetObject.' : 'Run again later.';
  return {
    message: `cannot list s3://${request.bucket}/${request.prefix} (${errorCode}): ${message}\n${hint}`,
    status: EXIT.undetermined,
  };
}

function fromService(error: ServiceError): Exit {
  const { call, errorCode, message } = error;
  return {
    message: `${call.operation} of ${call.service} failed (${errorCode}): ${message}\n${adviceOnService(error)}`,
    status: EXIT.undetermined,
  };
}

function adviceOnService(error: ServiceError): string {
  if (mayPass(error)) return 'Run again later.';
  const { call, errorCode, httpStatus } = error;
  if (httpStatus !== 403 && !/AccessDenied|Unauthorized/.test(errorCode))
    return 'Check the names, the region and the endpoint that were given.';
  const permission = Object.values(PERMISSIONS)
    .flat()
    .find(({ action }) => action.endsWith(`:${call.operation}`));
  const taken = permission ? `It takes ${permission.action}.` : 'Ask whoever gives out permissions there.';
  return `${taken} trailproof iam-policy writes down all that a run takes.`;
}

/** A path that is wrong is wrong usage; a full disk says nothing of how the command was used. */
function fromSystem(error: unknown): Exit | undefined {
  const cause = error instanceof OutputError ? error.cause : error;
  if (!(error instanceof Error) || !isSystemError(cause)) return undefined;
  return {
    message: `${error.message}\n${adviceOn(cause)}`,
    status: isWrongPath(cause) ? EXIT.usage : EXIT.undetermined,
  };
}

function fromBug(error: unknown): Exit {
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `internal error: ${message}\nThis is a bug in trailproof. Nothing is concluded.`,
    status: EXIT.internal,
  };
}
