/** Every rule, and how a violation reads. */
import {
  checkColumns,
  checkDeadFiles,
  checkEmptyFolders,
  checkHeaders,
  checkNames,
  checkSizes,
} from './check-files.ts';
import { checkCycles, checkFloors, checkPackages, checkStart } from './check-floors.ts';
import { checkPurity, checkTypes, checkUnfinished } from './check-words.ts';
import type { Check, Violation } from './tree.ts';

export const checks: Readonly<Record<string, Check>> = {
  'a file imports only lower floors': checkFloors,
  'no imports form a circle': checkCycles,
  'packages are imported where they belong': checkPackages,
  'a node loads at its start what every node needs': checkStart,
  'pure floors meet time, chance and I/O by ports only': checkPurity,
  'types have no holes': checkTypes,
  'nothing is left unfinished or skipped': checkUnfinished,
  'functions and files are short': checkSizes,
  'lines are short': checkColumns,
  'names are kebab-case': checkNames,
  'no folder is empty': checkEmptyFolders,
  'every source file is needed': checkDeadFiles,
  'stateful files open with their header': checkHeaders,
};

export const print = ({ file, line, rule, advice }: Violation): string =>
  `${file}:${line}: ${rule}: ${advice}`;
