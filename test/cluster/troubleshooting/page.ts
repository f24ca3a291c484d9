// The page: sections of prose and blocks of commands, whose outputs are replaced by what the commands print now.

/** A block, whose first line may name parts of the descriptions in it: ```console Status.Host, Status.Last Delivery */
const blocks = /^```console *(.*)\n([^]*?)^```$/gm;

export interface Command {
  text: string;
  /** Of a description, beside the usual ones. */
  parts: readonly string[];
}

export class Page {
  readonly #sections: readonly string[];

  constructor(text: string) {
    this.#sections = text.split(/^(?=## )/m);
  }

  /** Of the sections that have commands. */
  get titles(): string[] {
    return this.#sections.filter((section) => section.search(blocks) >= 0).map(titleOf);
  }

  section(title: string): string {
    return this.#sections.find((section) => titleOf(section) === title) ?? '';
  }

  /** The page with these sections in place of those of their titles. */
  with(sections: ReadonlyMap<string, string>): string {
    return this.#sections.map((section) => sections.get(titleOf(section)) ?? section).join('');
  }
}

/** In the order in which a reader types them. */
export function commandsOf(section: string): Command[] {
  return [...section.matchAll(blocks)].flatMap(([, parts = '', block = '']) =>
    typed(block).map((line) => ({ text: line.slice(2), parts: parts.split(', ').filter(Boolean) })),
  );
}

/** The section with these outputs, one for each command. */
export function printedInto(section: string, outputs: readonly string[]): string {
  const printed = outputs.values();
  return section.replaceAll(blocks, (_, parts: string, block: string) => {
    const lines = typed(block).flatMap((command) => [command, printed.next().value ?? '']);
    return ['```console', parts && ` ${parts}`, '\n', lines.join('\n'), '\n```'].join('');
  });
}

function typed(block: string): string[] {
  return block.split('\n').filter((line) => line.startsWith('$ '));
}

function titleOf(section: string): string {
  return /^## (.*)/.exec(section)?.[1] ?? '';
}
