// Imported before anything of the package, whose modules keep some of Node's functions when they are loaded.
import { countFileCalls } from './file-calls.ts';

countFileCalls();
