// Which Events are too many: repetitions, and more than one object or the whole process may write.

/** Like client-go's spam filter: 25 at once, then one every ten seconds, per object. */
const objectBurst = 25;
const objectIntervalMs = 10_000;

const repetitionMs = 600_000;

/** Of the whole process: 20 a second. */
const paceIntervalMs = 50;
const paceBurst = 20;

/** Objects and texts remembered; beyond, the oldest are forgotten. */
const maxRemembered = 4096;

export class EventLimits {
  readonly #now: () => number;
  /** When each object's bucket will be full again; the difference from now is what it lacks. */
  readonly #objects = new Map<string, number>();
  /** When each text was last admitted. */
  readonly #texts = new Map<string, number>();
  #paceFullAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** False for the same text about the same object within ten minutes, and above the object's rate. */
  admits(uid: string, text: string): boolean {
    const now = this.#now();
    const key = `${uid}\n${text}`;
    const admittedAt = this.#texts.get(key);
    if (admittedAt !== undefined && Math.abs(now - admittedAt) < repetitionMs) return false;
    const fullAt = Math.max(this.#objects.get(uid) ?? 0, now) + objectIntervalMs;
    if (fullAt - now > objectBurst * objectIntervalMs) return false;
    remember(this.#objects, uid, fullAt);
    remember(this.#texts, key, now);
    return true;
  }

  /** Takes one event of the process' rate and returns how long to wait before it, in ms. */
  paceMs(): number {
    const now = this.#now();
    this.#paceFullAt = Math.max(this.#paceFullAt, now) + paceIntervalMs;
    return Math.max(0, this.#paceFullAt - now - paceBurst * paceIntervalMs);
  }
}

/** As the newest of the map, which keeps the order. */
function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
