/** What distinguishes changed tokens from clean ones: replaced runs and inserted runs, in order. */

/** `clean[start, end)` became `replacement`; an insertion has `start === end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: readonly string[];
}

/** Beyond this product of lengths a changed stretch is one edit as a whole. */
const LARGEST_TABLE = 4_000_000;

/**
 * @param places where an insertion rather stands when it may be read as standing there or elsewhere: `a b` in `x a b a b` is behind `x` or
 * at the end
 */
export function align(clean: readonly string[], changed: readonly string[], places: ReadonlySet<number>): Edit[] {
  const shorter = Math.min(clean.length, changed.length);
  let start = 0;
  while (start < shorter && clean[start] === changed[start]) start++;
  let tail = 0;
  while (tail < shorter - start && clean.at(-1 - tail) === changed.at(-1 - tail)) tail++;
  const [end, changedEnd] = [clean.length - tail, changed.length - tail];
  if (start === end) return start === changedEnd ? [] : [insertion(changed, start, changedEnd, places)];
  return editsWithin(clean.slice(start, end), changed.slice(start, changedEnd)).map((edit) => ({
    ...edit,
    start: edit.start + start,
    end: edit.end + start,
  }));
}

/** `changed[from, to)` was inserted, or what stands as many places further left as equal tokens allow. */
function insertion(changed: readonly string[], from: number, to: number, places: ReadonlySet<number>): Edit {
  const at = (left: number): Edit => ({ start: from - left, end: from - left, replacement: changed.slice(from - left, to - left) });
  for (let left = 0; left <= from; left++) {
    if (places.has(from - left)) return at(left);
    if (changed[from - left - 1] !== changed[to - left - 1]) break;
  }
  return at(0);
}

function editsWithin(clean: readonly string[], changed: readonly string[]): Edit[] {
  if (clean.length === changed.length) {
    return changed.flatMap((token, at) => (token === clean[at] ? [] : [{ start: at, end: at + 1, replacement: [token] }]));
  }
  if (clean.length * changed.length > LARGEST_TABLE) return [{ start: 0, end: clean.length, replacement: changed }];
  const edits: Edit[] = [];
  let [from, changedFrom] = [0, 0];
  for (const [at, changedAt] of [...longestCommon(clean, changed), [clean.length, changed.length] as const]) {
    if (at > from || changedAt > changedFrom) edits.push({ start: from, end: at, replacement: changed.slice(changedFrom, changedAt) });
    [from, changedFrom] = [at + 1, changedAt + 1];
  }
  return edits;
}

/** Places of a longest common subsequence in both lists. */
function longestCommon(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * width + j] =
        a[i] === b[j] ? 1 + length[(i + 1) * width + j + 1]! : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  const places: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) places.push([i++, j++]);
    else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) i++;
    else j++;
  }
  return places;
}
