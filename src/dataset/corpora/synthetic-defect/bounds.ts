/** Defects of lengths and indices: late length check, late index check, off-by-one loop bound. */
import { inOrder, type Recipe } from './recipe.ts';

/** A length is compared with the destination's size after the copy. */
export const lateLengthCheck: Recipe = (scene) => {
  const [buffer, source, length] = [scene.fresh('buffer'), scene.fresh('source'), scene.fresh('length')];
  const limit = scene.any('limit');
  const size = scene.rng.pick([limit, `sizeof(${buffer})`]);
  const copy = scene.rng.pick(['memcpy', 'memmove', 'strncpy', 'bcopy']);
  const check = scene.chance(0.7)
    ? scene.guard(`${length} > ${size}`, `return ${scene.any('failure')};`)
    : `if (${length} > ${size}) ${length} = ${size};`;
  return {
    returns: 'int',
    parameters: [`const char *${source}`, `${scene.rng.pick(['size_t', 'uint32_t', 'unsigned'])} ${length}`],
    head: [`char ${buffer}[${limit}];`],
    ...inOrder(check, `${copy}(${buffer}, ${source}, ${length});`),
    tail: [`return ${scene.helper()}(${buffer}, ${length});`],
  };
};

/** An index is compared with the table's size after the access. */
export const lateIndexCheck: Recipe = (scene) => {
  const [array, index, value] = [scene.fresh('array'), scene.fresh('index'), scene.fresh('sum')];
  const size = scene.chance(0.5) ? scene.any('limit') : scene.fresh('length');
  const parameters = [`int *${array}`, `unsigned ${index}`, `int ${value}`];
  return {
    returns: 'int',
    parameters: size === size.toUpperCase() ? parameters : [...parameters, `unsigned ${size}`],
    head: [],
    ...inOrder(
      scene.guard(`${index} >= ${size}`, `return ${scene.any('failure')};`),
      scene.rng.pick([`${value} += ${array}[${index}];`, `${array}[${index}] = ${value};`, `${value} = ${array}[${index}];`]),
    ),
    tail: [`return ${value};`],
  };
};

/** A loop runs one element too far; the other twin has its `<=` in a comparison that is right with either operator. */
export const offByOne: Recipe = (scene) => {
  const [array, index, length] = [scene.fresh('array'), scene.fresh('index'), scene.fresh('length')];
  const [value, step] = [scene.fresh('sum'), scene.any('constant')];
  const body = scene.rng.pick([`${array}[${index}] = ${value};`, `${value} += ${array}[${index}];`, `${value} ^= ${array}[${index}];`]);
  const layout = scene.rng.pick(['for', 'for', 'while'] as const);
  const loop = (operator: string): string =>
    layout === 'for'
      ? `for (${index} = 0; ${index} ${operator} ${length}; ${index}++) ${body}`
      : `while (${index} ${operator} ${length}) { ${body} ${index}++; }`;
  const after = scene.rng.pick([`${value} = ${step};`, `${value} += ${step};`, `${value}++;`]);
  const harmless = (operator: string): string => `if (${value} ${operator} ${step}) ${after}`;
  const harmlessFirst = scene.chance(0.15);
  const twin = (bound: string, other: string): string[] =>
    harmlessFirst ? [harmless(other), loop(bound)] : [loop(bound), harmless(other)];
  return {
    returns: 'int',
    parameters: [`int *${array}`, `int ${length}`],
    head: [`int ${index} = 0;`, `int ${value} = ${scene.any('constant')};`],
    correct: twin('<', '<='),
    defective: twin('<=', '<'),
    tail: [`return ${value};`],
  };
};
