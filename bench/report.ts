// Collects what is found: rows of the table, remarks about them, and what went wrong.
import { type Bar, type Verdict, verdictOf } from './bars.ts';
import type { Journal } from './journal.ts';
import type { Pass } from './peers/pass.ts';

export interface Row {
  /** Of the table in the design, such as P1. */
  id: string;
  metric: string;
  figures: readonly number[];
  unit: string;
  bar?: Bar;
  verdict: Verdict;
}

export class Report {
  readonly rows: Row[] = [];
  readonly notes: string[] = [];
  readonly problems: string[] = [];
  /** Of the operator and of others who deliver, side by side. */
  readonly passes: Pass[] = [];

  /** `isVoid`: the measurement says of itself that it cannot be trusted. */
  row({ isVoid = false, ...row }: Omit<Row, 'verdict'> & { isVoid?: boolean }): void {
    this.rows.push({ ...row, verdict: isVoid ? 'void' : verdictOf(row.figures, row.bar) });
  }

  deliveries(run: string, { owed, journal, ok }: { owed: number; journal: Journal; ok: boolean }): void {
    this.rows.push({
      id: 'all',
      metric: `${run}: different events received of ${owed}, in order / received again`,
      figures: [journal.firstMs.size, journal.repeated],
      unit: '',
      verdict: ok ? 'ok' : 'no',
    });
  }

  /** How a figure came about. */
  note(line: string): void {
    this.notes.push(line);
  }

  /** What makes the benchmark fail, whatever the figures. */
  problem(line: string): void {
    this.problems.push(line);
  }
}
