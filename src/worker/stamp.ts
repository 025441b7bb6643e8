/** `yyyymmdd_hhmmss` of now in the zone of this machine: a part of names that people read. */
export function stampOfNow(): string {
  return stampOf(new Date());
}

export function stampOf(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${String(at.getFullYear())}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}_${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}
