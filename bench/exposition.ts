// Reads what Prometheus would read.

interface Series {
  name: string;
  labels: string;
  value: number;
}

export class Exposition {
  readonly #series: readonly Series[];

  constructor(text: string) {
    this.#series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
      ([, name = '', labels = '', value]) => ({ name, labels, value: Number(value) }),
    );
  }

  /** Of all series of that name with these labels; 0 where there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#series
      .filter((one) => one.name === name && wanted.every((label) => one.labels.split(',').includes(label)))
      .reduce((total, { value }) => total + value, 0);
  }
}
