import { TrailproofError } from '../../core/errors/trailproof-error.js';
/** The command was called wrongly: a flag, a value, a file that is not there. The message names the cause, and what to do. */
export class UsageError extends TrailproofError {
  override readonly code = 'usage';
  override readonly name = 'UsageError';
}
