/** Which buffer a value lies in: values whose lives do not overlap share one. */
import type { Work } from './lowering-context.ts';
import type { Storage } from './tensor.ts';

export interface Slot {
  /** Bytes. */
  size: number;
}

/** A storage and the element it begins at in it, parts of others resolved. */
export function rootOf(storage: Storage): { readonly root: Storage; readonly offset: number } {
  let [root, offset] = [storage, 0];
  while (root.home !== undefined) {
    offset += root.home.offset;
    root = root.home.storage;
  }
  return { root, offset };
}

/** Storages that a piece of work reads or writes. */
export function touched(work: Work): Storage[] {
  switch (work.kind) {
    case 'dispatch':
      return work.bindings.map(({ storage }) => storage);
    case 'copy':
      return [work.from, work.to];
    case 'clear':
      return [work.storage];
  }
}

/** A slot for every workspace storage: taken at its first use, free again after its last. */
export function planMemory(work: readonly Work[]): { readonly slots: readonly Slot[]; readonly of: ReadonlyMap<Storage, Slot> } {
  const last = new Map<Storage, number>();
  work.forEach((item, index) => {
    for (const storage of touched(item)) last.set(rootOf(storage).root, index);
  });
  const slots: Slot[] = [];
  const of = new Map<Storage, Slot>();
  const free = new Set<Slot>();
  work.forEach((item, index) => {
    const roots = new Set(
      touched(item)
        .map((storage) => rootOf(storage).root)
        .filter(({ role }) => role === 'workspace'),
    );
    for (const root of roots) {
      if (of.has(root)) continue;
      const size = root.elements * 4;
      const slot = take(free, size) ?? { size };
      if (!slots.includes(slot)) slots.push(slot);
      slot.size = Math.max(slot.size, size);
      free.delete(slot);
      of.set(root, slot);
    }
    for (const root of roots) if (last.get(root) === index) free.add(of.get(root)!);
  });
  return { slots, of };
}

/** The smallest free slot that is large enough, or else the largest, which then grows. */
function take(free: ReadonlySet<Slot>, size: number): Slot | undefined {
  const large = [...free].filter((slot) => slot.size >= size);
  if (large.length > 0) return large.reduce((a, b) => (b.size < a.size ? b : a));
  return free.size === 0 ? undefined : [...free].reduce((a, b) => (b.size > a.size ? b : a));
}
