/** A GPU kernel under construction: its buffers, its text, and the text that computes a value at an index. */
import { constant, helpersFor, memoryType, operators, registerType, type Lanes } from './elementwise.ts';
import { sizeOf, storedKey, type Scalar, type Storage, type Stored, type Tensor, type Windowed } from './tensor.ts';

export interface Binding {
  readonly storage: Storage;
  /** In elements. */
  readonly offset: number;
  readonly elements: number;
  readonly access: 'read' | 'write';
}

/** One launch of a kernel. */
export interface Dispatch {
  readonly kind: 'dispatch';
  /** What profiles call it. */
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly groups: readonly [number, number, number];
}

/** Workgroups along x; a launch of more goes on along y. */
const MAX_GROUPS_X = 32_768;

export class Kernel {
  readonly #bindings: (Binding & { readonly name: string; readonly type: string })[] = [];
  readonly #names = new Map<string, string>();
  readonly #globals: string[] = [];

  /** The name of a buffer to read, as elements of `lanes`. */
  read(tensor: Stored, lanes: Lanes = 1): string {
    const type = memoryType(tensor.scalar, lanes);
    const key = `${storedKey(tensor)} ${type}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#bind({ storage: tensor.storage, offset: tensor.offset, elements: tensor.size, access: 'read' }, type);
    this.#names.set(key, name);
    return name;
  }

  write(tensor: Stored, lanes: Lanes = 1): string {
    return this.#bind(
      { storage: tensor.storage, offset: tensor.offset, elements: tensor.size, access: 'write' },
      memoryType(tensor.scalar, lanes),
    );
  }

  /** A declaration outside the entry point. */
  global(text: string): void {
    this.#globals.push(text);
  }

  #bind(binding: Binding, type: string): string {
    const name = `b${this.#bindings.length}`;
    this.#bindings.push({ ...binding, name, type });
    return name;
  }

  /**
   * @param body text of the entry point; it may use `group` (vec3u, workgroup), `t` (u32, thread within it)
   */
  finish(label: string, threads: number, groups: readonly [number, number, number], body: string): Dispatch {
    const declarations = this.#bindings.map(
      ({ name, type, access }, index) =>
        `@group(0) @binding(${index}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<${type}>;`,
    );
    const text = `${this.#globals.join('\n')}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
${body}
}`;
    // WebGPU binds nothing of size 0, and says so at the first run alone.
    if (this.#bindings.some(({ elements }) => elements === 0))
      throw new Error(`${label}: a tensor without elements cannot be used on a GPU`);
    return {
      kind: 'dispatch',
      label,
      code: `${declarations.join('\n')}\n${helpersFor(text)}\n${text}\n`,
      bindings: this.#bindings.map(({ storage, offset, elements, access }) => ({ storage, offset, elements, access })),
      groups,
    };
  }
}

/** A one-dimensional launch of `count` threads: its groups, and the text that makes `index` of them. */
export function linearLaunch(
  count: number,
  threads: number,
): { readonly groups: readonly [number, number, number]; readonly index: string } {
  const total = Math.ceil(count / threads);
  const x = Math.min(total, MAX_GROUPS_X);
  const y = Math.ceil(total / x);
  const group = y === 1 ? 'group.x' : `(group.y * ${x}u + group.x)`;
  return { groups: [x, y, 1], index: `${group} * ${threads}u + t` };
}

/** The same for one workgroup an item. */
export function groupLaunch(count: number): { readonly groups: readonly [number, number, number]; readonly index: string } {
  const x = Math.min(count, MAX_GROUPS_X);
  const y = Math.ceil(count / x);
  return { groups: [x, y, 1], index: y === 1 ? 'group.x' : `(group.y * ${x}u + group.x)` };
}

interface Run {
  size: number;
  /** Elements of the argument between two steps; 0 where it is repeated. */
  stride: number;
}

/** How the element of a broadcast argument follows from the index: axes merged where they step alike, outermost first. */
function runsOf(from: readonly number[], to: readonly number[]): Run[] {
  const runs: Run[] = [];
  let stride = 1;
  for (let back = 1; back <= to.length; back++) {
    const size = to[to.length - back]!;
    const own = back <= from.length ? from[from.length - back]! : 1;
    const step = own === 1 ? 0 : stride;
    stride *= own;
    if (size === 1) continue;
    const inner = runs[0];
    if (inner !== undefined && (inner.stride === 0 ? step === 0 : step === inner.stride * inner.size)) inner.size *= size;
    else runs.unshift({ size, stride: step });
  }
  return runs;
}

/** Whether four neighbouring elements from a multiple of four on can be computed at once, as part of something of `shape`. */
export function canUseFourLanes(tensor: Tensor, shape = tensor.shape): boolean {
  const size = sizeOf(shape);
  if (size % 4 !== 0) return false;
  if (tensor.kind === 'lazy') return tensor.args.every((arg) => canUseFourLanes(arg, arg.size === size ? arg.shape : tensor.shape));
  if (tensor.kind !== 'stored' || tensor.size === 1 || tensor.size === size) return true;
  return runsOf(tensor.shape, shape).at(-1)!.size % 4 === 0;
}

/** Text that computes `tensor` at element `index` (a multiple of `lanes`): statements, and the expression of the result. */
export function compute(
  kernel: Kernel,
  tensor: Tensor,
  lanes: Lanes,
  index: string,
  prefix = 'v',
): { readonly statements: string; readonly value: string } {
  const statements: string[] = [];
  const known = new Map<Tensor, string>();
  const visit = (node: Tensor, shape: readonly number[]): string => {
    if (node.kind === 'literal') return constant(node.value, node.scalar, lanes);
    if (node.kind === 'stored') return loadAt(kernel, node, shape, lanes, index);
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    const name = `${prefix}${known.size}`;
    known.set(node, name);
    statements.push(`let ${name} = ${text(node)};`);
    return name;
  };
  const text = (node: Exclude<Tensor, { kind: 'literal' | 'stored' }>): string => {
    if (node.kind === 'windowed') return loadWindow(kernel, node, lanes, index);
    const args = node.args.map((arg) => visit(arg, arg.size === node.size ? arg.shape : node.shape));
    const operator = operators[node.op];
    if (operator === undefined) throw new Error(`the operator ${node.op} has no WGSL form`);
    return operator(args, { lanes, scalar: node.scalar, from: node.args[0]!.scalar });
  };
  const value = visit(tensor, tensor.shape);
  return { statements: statements.join('\n'), value };
}

/** A stored value at `index` of something of `shape`. */
export function loadAt(kernel: Kernel, tensor: Stored, shape: readonly number[], lanes: Lanes, index: string): string {
  const truth = (text: string): string => (tensor.scalar === 'bool' ? `(${text} != ${lanes === 1 ? '0u' : 'vec4u(0u)'})` : text);
  if (tensor.size === 1) return splat(tensor.scalar, lanes, `${kernel.read(tensor)}[0]`);
  if (tensor.size === sizeOf(shape)) {
    return truth(lanes === 1 ? `${kernel.read(tensor)}[${index}]` : `${kernel.read(tensor, 4)}[(${index}) / 4u]`);
  }
  const runs = runsOf(tensor.shape, shape);
  const steps: string[] = [];
  let below = 1;
  for (const [back, { size, stride }] of runs.toReversed().entries()) {
    const divided = below === 1 ? `(${index})` : `((${index}) / ${below}u)`;
    const part = back === runs.length - 1 ? divided : `(${divided} % ${size}u)`;
    if (stride !== 0) steps.push(stride === 1 ? part : `${part} * ${stride}u`);
    below *= size;
  }
  const place = steps.join(' + ');
  // The innermost axis is either read along, four at a time, or repeated.
  if (lanes === 4 && runs.at(-1)!.stride === 1) return truth(`${kernel.read(tensor, 4)}[(${place}) / 4u]`);
  return splat(tensor.scalar, lanes, `${kernel.read(tensor)}[${place}]`);
}

function splat(scalar: Scalar, lanes: Lanes, element: string): string {
  const value = scalar === 'bool' ? `(${element} != 0u)` : element;
  return lanes === 1 ? value : `${registerType(scalar, lanes)}(${value})`;
}

function loadWindow(kernel: Kernel, { pool, starts, at }: Windowed, lanes: Lanes, index: string): string {
  const source = kernel.read(pool);
  const place = `u32(${kernel.read(starts)}[${at}]) + ${index}`;
  if (lanes === 1) return `${source}[${place}]`;
  return `${registerType(pool.scalar, lanes)}(${[0, 1, 2, 3].map((lane) => `${source}[${place} + ${lane}u]`).join(', ')})`;
}

/** A value in registers as memory holds it. */
export function toMemory(value: string, scalar: Scalar, lanes: Lanes): string {
  if (scalar !== 'bool') return value;
  return lanes === 1 ? `select(0u, 1u, ${value})` : `select(vec4u(0u), vec4u(1u), ${value})`;
}
