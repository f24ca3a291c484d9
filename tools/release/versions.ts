// One release has one version, and it stands in several files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What a version is written in, in words → the version there; undefined where there is none. */
export type Versions = Readonly<Record<string, string | undefined>>;

/** Reads them from a checkout. */
export function versionsIn(root: string): Versions {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const lock = JSON.parse(read('package-lock.json'));
  const chart = parse(read('helm/heliograph/Chart.yaml'));
  return {
    'package.json': JSON.parse(read('package.json')).version,
    'package-lock.json': lock.packages[''].version,
    'src/main.ts': /^const version = '(.*)';$/m.exec(read('src/main.ts'))?.[1],
    "the chart's version": chart.version,
    "the chart's appVersion": chart.appVersion,
    "the image in the chart's annotations": /heliograph:(\S+)/.exec(
      chart.annotations['artifacthub.io/images'],
    )?.[1],
  };
}

/** Says for each that is not the tag's what it is; the tag is the version with a `v` before it. */
export function mismatches(tag: string, versions: Versions): string[] {
  return Object.entries(versions)
    .filter(([, version]) => `v${version}` !== tag)
    .map(([where, version]) => `the tag is ${tag}, but ${where} has ${version ?? 'no version'}`);
}
