import type { LogFacts } from '../../../core/content/object-content.js';
import type { ObjectRef } from '../../../core/objects/object-ref.js';
import { CredentialsError, StoppedError, StoreUnreachableError } from '../../../ports/object-store.js';
import { type ServiceCall, ServiceError } from '../../../ports/service-error.js';

/** What a thread is sent, and what it answers with the same number. */
export interface HashTask {
  readonly id: number;
  readonly refs: readonly ObjectRef[];
}

/** Null stands for a log that the thread cannot deal with, and the one that asked has to. */
export type ThreadFacts = readonly (LogFacts | null)[];

export type HashAnswer = { readonly id: number } & ({ readonly facts: ThreadFacts } | { readonly error: PlainError });

/** An error as it passes between threads, which keeps no class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  /** Of those that have one. */
  readonly errorCode?: string;
  /** The call to a service that failed. */
  readonly call?: ServiceCall;
  /** Absent where no answer came. */
  readonly httpStatus?: number;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  if (error instanceof CredentialsError) return { name, message, errorCode: error.errorCode };
  if (!(error instanceof ServiceError)) return { name, message };
  const { call, errorCode, httpStatus } = error;
  return { name, message, errorCode, call, ...(httpStatus !== undefined && { httpStatus }) };
}

/** The error again, of the class that callers tell it by. */
export function fromPlainError({ name, message, errorCode = 'Unknown', call, httpStatus }: PlainError): Error {
  if (name === 'StoppedError') return new StoppedError();
  if (name === 'StoreUnreachableError') return new StoreUnreachableError(message);
  if (name === 'CredentialsError') return new CredentialsError(errorCode, message);
  return call ? new ServiceError(call, { errorCode, message }, httpStatus) : new Error(message);
}
