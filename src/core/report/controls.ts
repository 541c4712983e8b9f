/** A control of a standard, in the version named. */
export interface Control {
  readonly standard: string;
  readonly version: string;
  readonly id: string;
  /** What it is about, in our words. */
  readonly title: string;
}

/**
 * Controls that verified CloudTrail logs are evidence for. A run proves no control by itself: it is one piece of what an
 * assessor looks at, for the time and the trails that were checked.
 */
export const CONTROLS: readonly Control[] = [
  {
    standard: 'CIS AWS Foundations Benchmark',
    version: '5.0.0',
    id: '3.2',
    title: 'CloudTrail log file validation is on',
  },
  { standard: 'PCI DSS', version: '4.0', id: '10.3.2', title: 'Audit logs are protected from modification' },
  { standard: 'PCI DSS', version: '4.0', id: '10.3.4', title: 'Changes to audit logs are detected' },
  { standard: 'NIST SP 800-53', version: 'Revision 5', id: 'AU-9', title: 'Protection of audit information' },
  { standard: 'NIST SP 800-53', version: 'Revision 5', id: 'AU-10', title: 'Non-repudiation' },
  { standard: 'NIST SP 800-53', version: 'Revision 5', id: 'SI-7', title: 'Integrity of software and information' },
  { standard: 'SOC 2 Trust Services Criteria', version: '2017', id: 'CC7.3', title: 'Security events are evaluated' },
  { standard: 'ISO/IEC 27001', version: '2022', id: 'A.8.15', title: 'Logging' },
];

/** `PCI DSS 4.0 10.3.4` */
export const formatControl = ({ standard, version, id }: Control): string => `${standard} ${version} ${id}`;
