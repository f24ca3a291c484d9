// `npm run generate` writes crds/ from the schemas in src/api, and what the chart has of them and of its values.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '../control-plane/paths.ts';
import { chartFiles } from './chart-files.ts';
import { crdFiles } from './files.ts';

write('crds', crdFiles());
write('helm/heliograph', chartFiles());

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, content] of files) {
    const path = join(repository, folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
