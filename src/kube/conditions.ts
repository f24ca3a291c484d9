// Conditions as Kubernetes writes them in a status.

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** RFC 3339; when `status` last changed, not when the rest did. */
  lastTransitionTime: string;
  observedGeneration?: number | undefined;
}

/**
 * The conditions with this one set, in the order they had. Returns the very same array when nothing changed,
 * so that the caller sees that there is nothing to write. `now` is RFC 3339.
 */
export function setCondition(
  conditions: readonly Condition[],
  condition: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): readonly Condition[] {
  const index = conditions.findIndex(({ type }) => type === condition.type);
  const current = conditions[index];
  if (current === undefined) return [...conditions, { ...condition, lastTransitionTime: now }];
  if (isSame(current, condition)) return conditions;
  const lastTransitionTime = current.status === condition.status ? current.lastTransitionTime : now;
  return conditions.with(index, { ...condition, lastTransitionTime });
}

function isSame(current: Condition, next: Omit<Condition, 'lastTransitionTime'>): boolean {
  return (
    current.status === next.status &&
    current.reason === next.reason &&
    current.message === next.message &&
    current.observedGeneration === next.observedGeneration
  );
}
