import { describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/compose/source/parse-source.js';

const TRAIL = 'arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/main';

describe('what cannot be opened as a folder', () => {
  it.each([
    [TRAIL, `--trail-arn ${TRAIL}`],
    ['arn:aws:s3:::audit-logs', 's3://audit-logs'],
    ['arn:aws-cn:s3:::audit-logs/acme/*', 's3://audit-logs/acme/'],
    ['arn:aws:iam::111122223333:role/x', 's3://BUCKET[/PREFIX], or --trail-arn with'],
    ['https://audit-logs.s3.eu-west-1.amazonaws.com/acme/AWSLogs/', 's3://audit-logs/acme/AWSLogs/'],
    ['https://a.b.s3.amazonaws.com', 's3://a.b'],
    ['https://s3.eu-west-1.amazonaws.com/audit-logs/acme', 's3://audit-logs/acme'],
    ['https://s3.amazonaws.com/', 's3://BUCKET'],
    [
      'https://eu-west-1.console.aws.amazon.com/s3/buckets/audit-logs?region=eu-west-1&prefix=acme/AWSLogs/&showversions=false',
      's3://audit-logs/acme/AWSLogs/',
    ],
    ['http://minio.example.com/audit-logs', '--endpoint-url'],
    ['https://example.com/%E0%A4%A', '--endpoint-url'],
    ['AWSLogs.tar.gz', 'unpack it'],
    ['case-17/Logs.TAR', 'unpack it'],
    ['logs.zip', 'unpack it'],
    ['logs.tgz', 'unpack it'],
    ['audit-logs', 's3://audit-logs'],
  ])('%s says what to type', (text, typed) => {
    expect(hintFor(text)).toContain(typed);
  });

  it.each(['case/audit-logs', './audit-logs', 'Audit Logs', 'a', 'arn'.repeat(30)])('%s is a path', (text) => {
    expect(hintFor(text)).toBeUndefined();
  });
});
