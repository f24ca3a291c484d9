// As much of an API client as installing manifests takes.
import { Agent, request } from 'node:https';

export interface ApiAnswer {
  status: number;
  /** Parsed JSON, else the text. */
  body: unknown;
}

export interface ApiRequest {
  body?: unknown;
  contentType?: string;
}

export class ApiClient {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor({ url, token, ca }: { url: string; token: string; ca: string }) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ ca, keepAlive: true });
  }

  /** Resolves with any answer, whatever its status. Rejects when there is none within 10 s; may be retried. */
  send(
    method: string,
    path: string,
    { body, contentType = 'application/json' }: ApiRequest = {},
  ): Promise<ApiAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
    const outgoing = request(`${this.#url}${path}`, {
      method,
      agent: this.#agent,
      headers: body === undefined ? headers : { ...headers, 'content-type': contentType },
      signal: AbortSignal.timeout(10_000),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
