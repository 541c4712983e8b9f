import { checkpointFile } from '../../../src/adapters/local/file-checkpoint-store.js';

// Counts up in a file, over and over, as a process of its own that may be killed: FILE LETTER TIMES.
const [file = '', letter = '', times = ''] = process.argv.slice(2);
const store = checkpointFile(file);
for (let made = 0; made < Number(times); made += 1) {
  const present = await store.read();
  const count = present ? Number.parseInt(new TextDecoder().decode(present.bytes), 10) : 0;
  const text = `${count + 1} ${letter.repeat(200_001)}\n`;
  const result = await store.write(new TextEncoder().encode(text), present?.revision);
  process.stdout.write(`${result}\n`);
}
