// What the demo prints: a heading for each step, commands as one would type them, and what came of them.
import { styleText } from 'node:util';

const indent = '   ';
const columns = 110;

export class Screen {
  #steps = 0;

  title(text: string): void {
    this.#print(styleText('bold', text));
  }

  /** Starts the next step. */
  step(text: string): void {
    this.#steps += 1;
    this.#print('', styleText('bold', `${this.#steps}. ${text}`));
  }

  /** A part of a step. */
  part(text: string): void {
    this.#print('', `${indent}${text}`);
  }

  note(text: string): void {
    this.#print(`${indent}${text}`);
  }

  command(words: readonly string[]): void {
    this.#print(...wrap(words.map(quote)).map((line) => `${indent}${styleText('cyan', line)}`));
  }

  /** What a command has printed. */
  output(text: string): void {
    this.#print(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => `${indent}${line}`.trimEnd()),
    );
  }

  /** A worker has something to report. */
  report(text: string): void {
    this.#print(`${indent}${'worker'.padEnd(9)} ${text}`);
  }

  /** The receiver has printed a line. */
  received(text: string): void {
    this.#print(styleText('green', `${indent}${'received'.padEnd(9)} ${text}`));
  }

  #print(...lines: string[]): void {
    for (const line of lines) console.log(line);
  }
}

/** As a shell wants it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function wrap(words: readonly string[]): string[] {
  const lines = ['$'];
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length < columns) lines.splice(-1, 1, `${last} ${word}`);
    else lines.splice(-1, 1, `${last} \\`, `    ${word}`);
  }
  return lines;
}
