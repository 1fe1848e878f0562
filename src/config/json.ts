/** An experiment is data: this file refuses whatever would not survive a JSON round trip. */
export interface Fault {
  /** `attacks[1].rate` */
  readonly path: string;
  readonly problem: string;
  readonly accepted?: string;
}

/** Every value JSON would drop or change, with its key path. Empty: `value` is `Json`. */
export function jsonFaults(value: unknown, path = '', above: readonly unknown[] = []): Fault[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return numberFaults(value, path);
  if (typeof value !== 'object') return [fault(path, `${article(typeof value)} has no JSON form`)];
  if (above.includes(value)) return [fault(path, 'the value holds itself')];
  const below = [...above, value];
  if (Array.isArray(value)) return Array.from(value, (entry: unknown, i) => jsonFaults(entry, `${path}[${i}]`, below)).flat();
  const prototype: unknown = Object.getPrototypeOf(value);
  // A literal imported from another realm has another Object.prototype: it is still one step from null.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain || Object.getOwnPropertySymbols(value).length > 0) {
    return [fault(path, `${article(value.constructor.name)} has no JSON form`)];
  }
  return Object.entries(value).flatMap(([key, entry]) => jsonFaults(entry, keyPath(path, key), below));
}

/** `attacks` + `rate` → `attacks.rate` */
export function keyPath(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const name = String(key);
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** A value as a person would type it, cut short. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `“${value.length > 60 ? `${value.slice(0, 57)}…` : value}”`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function numberFaults(value: number, path: string): Fault[] {
  if (!Number.isFinite(value)) return [fault(path, `${value} has no JSON form`)];
  return Object.is(value, -0) ? [fault(path, '-0 would come back as 0')] : [];
}

function fault(path: string, problem: string): Fault {
  return { path, problem, accepted: 'text, finite numbers, true, false, null, and lists and plain objects of them' };
}

function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
