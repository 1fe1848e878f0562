/**
 * What differs between C, Java and Python in preprocessing, as one table a language (victims-and-data.md 2). Everything else in this folder
 * is the same for all of them.
 */
import type { Language } from '../../core/contracts.ts';
import { blankComments } from './comments.ts';
import { dropPythonComments } from './python-comments.ts';

/** `parent.field` (field empty where the grammar names none) -> whether a name below that edge is found, or to be sought further up. */
export type Path = Readonly<Record<string, 'ends' | 'passes'>>;

export interface Rules {
  /** The grammar's file inside its npm package. */
  readonly grammar: string;
  readonly stripComments: (source: string) => string;
  /** Node types that are one token although they have children. */
  readonly whole: ReadonlySet<string>;
  /** Nodes that are no tokens. */
  readonly skipped: ReadonlySet<string>;
  /** The authors' list (2.3): an identifier below one of these is an entry of `variables`. */
  readonly variableParents: ReadonlySet<string>;
  /** From an identifier up to the function that it names; `via` must lie on the way. */
  readonly name: { readonly path: Path; readonly via: string | null };
  /** From an identifier up to what binds it as a parameter or local variable. */
  readonly locals: Path;
  /** Nodes below which the two paths ask for fields. */
  readonly asked: ReadonlySet<string>;
  /** An identifier right below one of these binds nothing, though a longer way through it may: `int (*f)(int)` is a variable. */
  readonly notDirectly: ReadonlySet<string>;
  /** Lists of parameters that count only where they are those of the function itself, not of a type or prototype in it. */
  readonly ownParameters: ReadonlySet<string>;
  /** Nodes whose identifiers are no locals of the function, whatever it assigns to them. */
  readonly foreign: ReadonlySet<string>;
  /** Of these nodes the innermost around a binding says whether it makes a variable (`true`) or a field. */
  readonly scopes: Readonly<Record<string, boolean>>;
  /** Parameters that are not reported. */
  readonly receivers: ReadonlySet<string>;
  /** The token that opens a function's body, and the nodes of which it then is a part. In broken text that is an ERROR. */
  readonly opener: { readonly token: string; readonly parents: ReadonlySet<string> };
  /** Nodes that hold statements one after the other, and which of their parts are statements. */
  readonly containers: ReadonlySet<string>;
  readonly statement: RegExp;
  /** Statements end with their line, and indentation says to which block they belong. */
  readonly layoutMatters: boolean;
}

/** `asked` follows from the paths. */
function complete(table: Omit<Rules, 'asked'>): Rules {
  const edges = Object.keys({ ...table.locals, ...table.name.path });
  return { ...table, asked: new Set(edges.map((edge) => edge.split('.')[0]!)) };
}

/** The ways through a C declarator. */
const declarators: Path = {
  'pointer_declarator.declarator': 'passes',
  'array_declarator.declarator': 'passes',
  'function_declarator.declarator': 'passes',
  'parenthesized_declarator.': 'passes',
  'attributed_declarator.': 'passes',
};

const c = complete({
  grammar: 'tree-sitter-c/tree-sitter-c.wasm',
  stripComments: blankComments,
  whole: new Set(['string']),
  skipped: new Set(['comment']),
  variableParents: new Set([
    'function_declarator',
    'pointer_declarator',
    'declaration',
    'binary_expression',
    'case_statement',
    'field_expression',
  ]),
  // Where a body does not parse, the head stands below an ERROR.
  name: { path: { ...declarators, 'function_definition.declarator': 'ends', 'ERROR.': 'ends' }, via: 'function_declarator' },
  locals: {
    ...declarators,
    'init_declarator.declarator': 'passes',
    'declaration.declarator': 'ends',
    'parameter_declaration.declarator': 'ends',
  },
  notDirectly: new Set(['function_declarator']),
  ownParameters: new Set(['parameter_list']),
  foreign: new Set(),
  scopes: {},
  receivers: new Set(),
  opener: { token: '{', parents: new Set(['compound_statement', 'ERROR']) },
  containers: new Set(['compound_statement', 'case_statement']),
  statement: /_statement$|^declaration$|^type_definition$/,
  layoutMatters: false,
});

const java = complete({
  grammar: 'tree-sitter-java/tree-sitter-java.wasm',
  stripComments: blankComments,
  whole: new Set(['string']),
  skipped: new Set(['comment', 'line_comment', 'block_comment']),
  variableParents: new Set(['variable_declarator']),
  name: {
    path: { 'method_declaration.name': 'ends', 'constructor_declaration.name': 'ends', 'compact_constructor_declaration.name': 'ends' },
    via: null,
  },
  locals: {
    'variable_declarator.name': 'passes',
    'local_variable_declaration.declarator': 'ends',
    'formal_parameter.name': 'ends',
    'spread_parameter.': 'ends',
    'catch_formal_parameter.name': 'ends',
    'enhanced_for_statement.name': 'ends',
    'resource.name': 'ends',
    'lambda_expression.parameters': 'ends',
    'inferred_parameters.': 'ends',
    'instanceof_expression.name': 'ends',
    'type_pattern.': 'ends',
    'record_pattern_component.': 'ends',
  },
  notDirectly: new Set(),
  ownParameters: new Set(),
  foreign: new Set(),
  scopes: {},
  receivers: new Set(),
  opener: { token: '{', parents: new Set(['block', 'constructor_body', 'ERROR']) },
  containers: new Set(['block', 'constructor_body', 'switch_block_statement_group']),
  statement: /_statement$|^local_variable_declaration$|^switch_expression$|^explicit_constructor_invocation$|^block$|^class_declaration$/,
  layoutMatters: false,
});

const python = complete({
  grammar: 'tree-sitter-python/tree-sitter-python.wasm',
  stripComments: dropPythonComments,
  whole: new Set(['string']),
  // A line that goes on behind a backslash: white space. Comment removal has joined most of them already.
  skipped: new Set(['comment', 'line_continuation']),
  variableParents: new Set(['assignment']),
  name: { path: { 'function_definition.name': 'ends' }, via: null },
  locals: {
    'pattern_list.': 'passes',
    'tuple_pattern.': 'passes',
    'list_pattern.': 'passes',
    'list_splat_pattern.': 'passes',
    'dictionary_splat_pattern.': 'passes',
    'as_pattern_target.': 'passes',
    'tuple.': 'passes',
    'list.': 'passes',
    'typed_parameter.': 'passes',
    'assignment.left': 'ends',
    'augmented_assignment.left': 'ends',
    'for_statement.left': 'ends',
    'for_in_clause.left': 'ends',
    'as_pattern.alias': 'ends',
    'named_expression.name': 'ends',
    'parameters.': 'ends',
    'lambda_parameters.': 'ends',
    'default_parameter.name': 'ends',
    'typed_default_parameter.name': 'ends',
  },
  notDirectly: new Set(),
  ownParameters: new Set(),
  foreign: new Set(['global_statement', 'nonlocal_statement']),
  scopes: { function_definition: true, lambda: true, class_definition: false },
  receivers: new Set(['self']),
  opener: { token: ':', parents: new Set(['function_definition', 'ERROR']) },
  containers: new Set(['block']),
  statement: /_statement$|_definition$/,
  layoutMatters: true,
});

export const rules: Readonly<Record<Language, Rules>> = { c, java, python };
