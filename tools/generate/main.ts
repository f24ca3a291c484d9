// `npm run generate` writes crds/ from the schemas in src/api.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crdFiles } from './files.ts';

const folder = fileURLToPath(new URL('../../crds/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, yaml] of crdFiles()) writeFileSync(join(folder, name), yaml);
