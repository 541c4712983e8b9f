import { withFindings } from '../../../src/core/findings/finding-schema.js';
import schema from '../../../src/core/schemas/report.schema.json' with { type: 'json' };

/** The schema of a report, as the package publishes it. */
export const REPORT_SCHEMA = withFindings(schema);
