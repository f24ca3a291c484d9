// Reads and writes etcd behind the API server's back, over its JSON gateway.
import { writeFileSync } from 'node:fs';

export class Etcd {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/v3`;
  }

  /** The JSON of one object of a custom resource, such as `/registry/heliograph.dev/analyses/default/a`. */
  async get<T extends object>(key: string): Promise<T> {
    const { kvs = [] } = await this.#call<{ kvs?: { value: string }[] }>('kv/range', { key: base64(key) });
    const [first] = kvs;
    if (first === undefined) throw new Error(`etcd has no ${key}`);
    return JSON.parse(Buffer.from(first.value, 'base64').toString()) as T;
  }

  async put(key: string, object: object): Promise<void> {
    await this.#call('kv/put', { key: base64(key), value: base64(JSON.stringify(object)) });
  }

  async delete(key: string): Promise<void> {
    await this.#call('kv/deleterange', { key: base64(key) });
  }

  /** Forgets every version before the newest. */
  async compact(): Promise<void> {
    const { header } = await this.#call<{ header: { revision: string } }>('kv/range', { key: base64('/') });
    await this.#call('kv/compaction', { revision: header.revision, physical: true });
  }

  /** Writes a backup to the file, as `etcdctl snapshot save` does. */
  async save(file: string): Promise<void> {
    const response = await fetch(`${this.#url}/maintenance/snapshot`, { method: 'POST', body: '{}' });
    if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
    // One message a line.
    const messages = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line): Snapshot => JSON.parse(line));
    writeFileSync(
      file,
      Buffer.concat(messages.map(({ result }) => Buffer.from(result.blob ?? '', 'base64'))),
    );
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it reads
  async #call<T>(method: string, body: object): Promise<T> {
    const response = await fetch(`${this.#url}/${method}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

interface Snapshot {
  result: { blob?: string };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
