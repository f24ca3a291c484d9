// Imported before everything else: on an older Node the other imports fail with a message that helps nobody.
const needed = 24;

if (Number(process.versions.node.split('.', 1).join('')) < needed) {
  process.stderr.write(`heliograph: needs Node ${needed} or newer; this is ${process.version}\n`);
  process.exit(1);
}
