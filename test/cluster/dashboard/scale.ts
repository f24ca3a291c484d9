// Numbers on the axes and in the legends of the drawn dashboard.

const steps = [1, 2, 2.5, 5, 10];

/** The top of an axis from 0 that shows `max`, and how far its lines are apart: round numbers, two to four lines. */
export function axis(max: number): { top: number; step: number } {
  if (!(max > 0)) return { top: 1, step: 1 };
  const rough = max / 3;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find((one) => one * magnitude >= rough) ?? 10) * magnitude;
  return { top: Math.ceil(max / step - 1e-9) * step, step };
}

/** A level of an axis, and where it is: from 0, at the bottom, to 1. */
export type Placed = readonly [level: number, place: number];

export interface Axis {
  levels: readonly Placed[];
  /** NaN where the value cannot be shown. */
  place: (value: number) => number;
}

export function linear(values: readonly number[]): Axis {
  const { top, step } = axis(Math.max(0, ...values));
  const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  const place = (value: number) => value / top;
  return { levels: levels.map((level) => [level, place(level)]), place };
}

/** From a power of ten to another. */
export function logarithmic(values: readonly number[]): Axis {
  const shownOnes = values.filter((value) => value > 0);
  if (shownOnes.length === 0) return linear(values);
  const bottom = Math.floor(Math.log10(Math.min(...shownOnes)));
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(Math.max(...shownOnes))));
  const place = (value: number) => (value > 0 ? (Math.log10(value) - bottom) / (top - bottom) : NaN);
  const levels = Array.from({ length: top - bottom + 1 }, (_, index) => 10 ** (bottom + index));
  return { levels: levels.map((level) => [level, place(level)]), place };
}

/** @param unit as Grafana calls it */
export function shown(value: number, unit: string): string {
  if (unit === 's') return value > 0 && value < 1 ? `${round(value * 1000)} ms` : `${round(value)} s`;
  if (unit === 'bytes') return `${round(value / 1e6)} MB`;
  return unit === 'reqps' || unit === 'wps' ? `${round(value)}/s` : round(value);
}

/** To three digits. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
