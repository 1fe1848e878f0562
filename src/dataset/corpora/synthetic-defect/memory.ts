/** Defects of pointers and allocations: late null check, wrong pointer checked, use after free, double free, allocation overflow. */
import { inOrder, type Recipe } from './recipe.ts';
import type { Scene } from './scene.ts';

function isNull(scene: Scene, pointer: string): string {
  return scene.rng.pick([`!${pointer}`, `${pointer} == NULL`]);
}

function useOf(scene: Scene, pointer: string, value: string): string {
  const field = scene.any('field');
  return scene.rng.pick([
    `${pointer}->${field} = ${value};`,
    `${value} = ${pointer}->${field};`,
    `${value} += ${pointer}->${field};`,
    `${pointer}->${field} -= ${value};`,
  ]);
}

/** The pointer is dereferenced before it is compared with NULL. */
export const lateNullCheck: Recipe = (scene) => {
  const [pointer, value, struct] = [scene.fresh('pointer'), scene.fresh('sum'), scene.any('struct')];
  const table = scene.chance(0.5) ? scene.fresh('array') : null;
  return {
    returns: 'int',
    parameters: [`${struct} *${table ?? pointer}`, `int ${value}`],
    head: table === null ? [] : [`${struct} *${pointer} = ${scene.helper('find')}(${table}, ${value});`],
    ...inOrder(scene.guard(isNull(scene, pointer), `return ${scene.any('failure')};`), useOf(scene, pointer, value)),
    tail: [`return ${value};`],
  };
};

/** Another pointer than the one dereferenced is compared with NULL. */
export const wrongPointerCheck: Recipe = (scene) => {
  const [pointer, opaque, value] = [scene.fresh('pointer'), scene.fresh('opaque'), scene.fresh('sum')];
  const [note, failure, use] = [scene.helper(), scene.any('failure'), useOf(scene, pointer, value)];
  const check = isNull(scene, '@');
  const check1 = (name: string): string => `if (${check.replace('@', name)}) return ${failure};`;
  return {
    returns: 'int',
    parameters: [`${scene.any('struct')} *${pointer}`, `void *${opaque}`, `int ${value}`],
    head: [],
    correct: [check1(pointer), use, `${note}(${opaque});`],
    defective: [check1(opaque), use, `${note}(${pointer});`],
    tail: [`return ${value};`],
  };
};

/** An object is read after it was released. */
export const useAfterFree: Recipe = (scene) => {
  const [pointer, owner, value] = [scene.fresh('pointer'), scene.fresh('pointer'), scene.fresh('sum')];
  const [struct, field] = [scene.any('struct'), scene.any('field')];
  const read = scene.rng.pick([
    `${owner}->${field} = ${pointer}->${field};`,
    `${value} += ${pointer}->${field};`,
    `${scene.helper()}(${pointer}->${field});`,
  ]);
  return {
    returns: 'int',
    parameters: [`${struct} *${owner}`, `${struct} *${pointer}`],
    head: [`int ${value} = ${owner}->${scene.any('field')};`],
    ...inOrder(read, `${scene.rng.pick(['free', 'kfree'])}(${pointer});`),
    tail: [`return ${value};`],
  };
};

/** The pointer is cleared after its second release instead of after the first. */
export const doubleFree: Recipe = (scene) => {
  const [pointer, value] = [scene.fresh('buffer'), scene.fresh('result')];
  const release = `${scene.rng.pick(['free', 'kfree'])}(${pointer});`;
  const clear = `${pointer} = NULL;`;
  const condition = `${value} ${scene.rng.pick(['<', '>', '=='])} ${scene.any('constant')}`;
  const conditional = scene.chance(0.5);
  return {
    returns: 'int',
    parameters: [`char *${pointer}`, `int ${value}`, `${scene.any('struct')} *${scene.fresh('pointer')}`],
    head: [`${value} = ${scene.helper()}(${pointer}, ${value});`],
    correct: conditional ? [`if (${condition}) { ${release} ${clear} }`, release] : [release, clear, release],
    defective: conditional ? [`if (${condition}) { ${release} }`, release, clear] : [release, release, clear],
    tail: [`return ${value};`],
  };
};

/** The element count is compared with its limit after the product was allocated. */
export const allocationOverflow: Recipe = (scene) => {
  const [pointer, owner, count] = [scene.fresh('array'), scene.fresh('pointer'), scene.fresh('length')];
  const type = scene.rng.pick(['int', 'long', 'uint32_t', scene.any('struct')]);
  const size = `sizeof(${scene.rng.pick([type, `*${pointer}`])})`;
  const field = scene.any('field');
  return {
    returns: 'int',
    parameters: [`${scene.any('struct')} *${owner}`, `size_t ${count}`],
    head: [`${type} *${pointer};`],
    ...inOrder(
      scene.guard(`${count} > ${scene.any('limit')} / ${size}`, `return ${scene.any('failure')};`),
      `${pointer} = ${scene.rng.pick(['xmalloc', 'g_malloc'])}(${count} * ${size});`,
    ),
    tail: [`${owner}->${field} = ${pointer};`, `return ${scene.chance(0.5) ? '0' : `${pointer} != NULL`};`],
  };
};
