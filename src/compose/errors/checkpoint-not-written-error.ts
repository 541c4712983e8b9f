import { TrailproofError } from '../../core/errors/trailproof-error.js';
import type { Report } from '../../core/report/report.js';

/** A run came to its end, and could not leave word for the next one, which verifies the same again. */
export class CheckpointNotWrittenError extends TrailproofError {
  override readonly code = 'checkpoint-not-written';
  override readonly name = 'CheckpointNotWrittenError';
  /** What the run came to: complete, and as valid as any other. */
  readonly report: Report;

  constructor(report: Report, cause: unknown) {
    super(`the checkpoint could not be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.report = report;
  }
}
