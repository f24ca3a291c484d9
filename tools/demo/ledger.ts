// Finds the ledger in what kubectl prints of an Analysis.

/** The lines of status.delivery in its YAML. Throws where there are none. */
export function deliveryOf(yaml: string): string {
  const lines = yaml.split('\n');
  const start = lines.indexOf('  delivery:');
  if (start === -1) throw new Error(`there is no status.delivery in\n${yaml}`);
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith('    '));
  return lines.slice(start, length === -1 ? undefined : start + 1 + length).join('\n');
}
