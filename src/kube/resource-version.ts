// Which of two resource versions came first.

/**
 * Since Kubernetes 1.35 resource versions are decimal numbers that grow with every write. False where one of
 * them is no number, as an older or an aggregated API server may have it.
 */
export function isOlderVersion(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}
