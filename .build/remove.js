import { rmSync } from 'node:fs';

// Removes what a build made: `node .build/remove.js FOLDER…`.

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true });
