import type { FindingCode } from '../../core/findings/finding.js';

/** What was done to evidence, in the terms of MITRE ATT&CK and of OCSF. */
export interface Tampering {
  readonly technique: { readonly uid: string; readonly name: string };
  readonly confidence: { readonly confidence_id: number; readonly confidence: string };
}

/** The bytes are not those that CloudTrail signed, whoever changed them. */
const ALTERED: Tampering = {
  technique: { uid: 'T1565.001', name: 'Stored Data Manipulation' },
  confidence: { confidence_id: 3, confidence: 'High' },
};
/** What CloudTrail is proven to have delivered is gone. In a copy it may never have been copied. */
const REMOVED: Tampering = {
  technique: { uid: 'T1070', name: 'Indicator Removal' },
  confidence: { confidence_id: 2, confidence: 'Medium' },
};

/** Nothing vouches for it among what is proven. A trail without validation may have delivered it. */
const PLANTED: Tampering = {
  technique: { uid: 'T1565.001', name: 'Stored Data Manipulation' },
  confidence: { confidence_id: 2, confidence: 'Medium' },
};

/** The findings that prove that something was done to an object after its delivery. The other failures may have innocent causes. */
export const TAMPERING: { readonly [C in FindingCode]?: Tampering } = {
  'digest-missing': REMOVED,
  'digest-signature-invalid': ALTERED,
  'digest-signature-conflict': ALTERED,
  'digest-link-mismatch': ALTERED,
  'chain-newest-digest-deleted': REMOVED,
  'log-missing': REMOVED,
  'log-modified': ALTERED,
  'log-gzip-header-invalid': ALTERED,
  'log-gzip-data-invalid': ALTERED,
  'log-gzip-truncated': ALTERED,
  'log-gzip-checksum-mismatch': ALTERED,
  'log-gzip-length-mismatch': ALTERED,
  'log-gzip-trailing-data': ALTERED,
  'log-unreferenced': PLANTED,
  'checkpoint-chain-missing': REMOVED,
  'checkpoint-digest-unreached': REMOVED,
  'checkpoint-digest-changed': ALTERED,
  'query-signature-invalid': ALTERED,
  'query-list-truncated': ALTERED,
  'query-file-missing': REMOVED,
  'query-file-modified': ALTERED,
};
