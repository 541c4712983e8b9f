import { formatInstant, HOUR } from '../../core/time/instant.js';
import { wrap } from '../strings/numbers-and-times.js';
import { quote } from '../strings/shell-quote.js';
import type { Placed } from './cause-groups.js';

/** A command, rather than a name or a flag. */
const COMMAND = /^(?:aws|trailproof) /;

/** What to do next: prose, and each command on a line of its own, filled in with the first of the group, to be pasted. */
export function nextLines(next: string, first: Placed, width: number): string[] {
  const parts = next.split('`');
  let prose = 'Next: ';
  const commands: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) prose += part;
    else if (COMMAND.test(part)) {
      commands.push(`  ${fillIn(part, first)}`);
      prose +=
        commands.length === 1 && COMMAND.test(parts[index + 2] ?? '') ? 'the commands below' : 'the command below';
    } else prose += `\`${part}\``;
  }
  return [...wrap(prose, width), ...commands];
}

/** Values that are known take the place of capitals; what is not known stays to be filled in. */
function fillIn(command: string, { finding: { subject }, accountId, region, time }: Placed): string {
  const known: Readonly<Record<string, string | undefined>> = {
    ...('key' in subject && subject.bucket !== '' && { BUCKET: subject.bucket, KEY: subject.key, FOLDER: subject.key }),
    ...('key' in subject && { FILE: subject.key.slice(subject.key.lastIndexOf('/') + 1) }),
    ACCOUNT: accountId,
    REGION: region,
    ...(time !== undefined && { START: formatInstant(time), END: formatInstant(time + HOUR) }),
  };
  // A file that is written must not be one of those that are examined.
  return command
    .replace('--output FILE', '--output keys.json')
    .replace(/\b(?:BUCKET|KEY|FOLDER|FILE|ACCOUNT|REGION|START|END)\b/g, (name) => {
      const value = known[name];
      return value === undefined ? name : quote(value);
    });
}
