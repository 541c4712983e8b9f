import type { VerifyEvent } from '../../core/report/verify-events.js';
import type { CauseGroups } from './cause-groups.js';

/** How a run is told while it goes on, and what is left for its end. */
export interface Body {
  linesOf(event: VerifyEvent): string[];
  atEnd(groups: CauseGroups): string[];
}
