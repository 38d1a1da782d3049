/** The headings of the page of errors, by the file that declares them. */
export const SUBJECTS: Readonly<Record<string, string>> = {
  'src/errors.ts': 'Calls and their options',
  'src/device/errors.ts': 'GPU and adapter',
  'src/platform/errors.ts': 'Files and servers',
  'src/platform/host-memory.ts': 'Memory of the host',
  'src/hub/errors.ts': 'Models by name',
  'weights/errors/files.ts': 'Weights: the files',
  'weights/errors/safetensors.ts': 'Weights: safetensors',
  'weights/errors/torch.ts': 'Weights: torch files',
  'weights/errors/configuration.ts': 'The configuration',
  'weights/errors/tensors.ts': 'The tensors of a model',
  'src/text/errors.ts': 'Tokenizer and texts',
  'src/archives/errors.ts': 'Sets of pairs',
  'src/image/errors.ts': 'Images',
  'src/model/errors.ts': 'Inputs of embedBatch',
  'src/metrics/vectors.ts': 'Vectors',
  'src/metrics/search/errors.ts': 'Search',
  'src/metrics/similarity/errors.ts': 'Similarity',
  'src/metrics/gap/errors.ts': 'Modality gap',
  'src/metrics/quality/errors.ts': 'Quality of an embedding',
  'src/metrics/evaluation/errors.ts': 'Classification',
  'src/metrics/tsne/errors.ts': 't-SNE',
  'src/metrics/neighbours/errors.ts': 'Neighbours',
  'src/closing/errors.ts': 'Closing the gap',
  'src/closing/head/errors.ts': 'Training a head',
  'src/slides/errors.ts': 'Whole slides',
  'src/npy/errors.ts': '.npy files',
  'src/rows-files/errors.ts': 'Files of vectors',
  'src/tables/errors.ts': 'Tables of captions',
  'src/node/object-store/errors.ts': 'Buckets',
  'src/node/packages/errors.ts': 'Packages on request',
  'src/node/queue/errors.ts': 'The queue of shards',
  'src/node/errors.ts': 'The command line',
  'src/node/output-errors.ts': 'The command line',
  'src/node/evaluation/errors.ts': 'Labelled sets',
  'src/node/export/errors.ts': 'Exports',
  'src/node/services/errors.ts': 'Services',
  'src/node/study/errors.ts': 'A study',
  'src/node/shards/errors.ts': 'Shards',
};

const DOWNLOAD_AGAIN =
  'The file is damaged or was cut short. Compare its size with the one on the server, and download it again.';
const REPORT =
  'Not your input’s fault. Run `npx biomedclip-webgpu doctor`, update the driver, and report it with the message.';

/** What to do about each error. The cause and the message come from the class itself. */
export const ADVICE: Readonly<Record<string, string>> = {
  // Calls and their options
  BiomedClipError: 'Catch it to tell errors of this library from others; `error.name` says which one it is.',
  ShapeError:
    'Give arrays of the shape that the message names. Vectors are `{ data, rows, dim }` with `data.length` = rows × dim.',
  InvalidOptionError: 'Set the option that the message names to a value of the kind that it names.',
  UnknownOptionError:
    'Check the spelling: the message lists the options that the call takes, the nearest one first.',
  AbortedError: 'Nothing is wrong: your own signal stopped the call. The model can be used again.',
  DestroyedError: 'Move `destroy()` behind the last use, or load the model again.',
  // GPU and adapter
  AdapterIndexError: 'Pass an index of the list that the message, or `biomedclip-webgpu doctor`, gives.',
  SameNameAdapterError:
    'Give each process one GPU to see, by the scheduler or container ([several GPUs](../adapters.md#several-gpus)).',
  NoAdapterError:
    "Run `npx biomedclip-webgpu doctor`: it lists the adapters and what to install. Without a GPU, `adapter: 'software'` runs on the CPU.",
  DeviceLimitError:
    'Give fewer rows or a smaller `batchSize`, as the message says; or use an adapter with larger limits ([memory](memory.md)).',
  ModelReloadError:
    'See its cause: the checkpoint must still lie where it was loaded from, and an adapter must be there. The next call tries it again.',
  ModelReloadedError:
    'Nothing is wrong now; if it comes often, update the driver. On another adapter the last bits may be others.',
  ChangedCheckpointError: 'Load the checkpoint as a new model, or put back the one that was there.',
  DeviceLostError:
    "Load the model again, or leave `onDeviceLost` at `'reload'`, which does so once a call. If it comes back, update the driver; on Windows, very long passes are stopped by the system, so lower `batchSize`.",
  GpuValidationError: REPORT,
  AliasedTensorError: REPORT,
  GpuOutOfMemoryError:
    "Lower `batchSize`, use `dtype: 'f16'` or `'q8'`, or close what else holds GPU memory ([memory](memory.md)).",
  GpuInternalError: REPORT,
  ShaderError: REPORT,
  // Files and servers
  DirectoryNotFoundError:
    'Check the path. It is the directory that holds the weights, `open_clip_config.json` and the tokenizer.',
  FileReadError: 'Check that the file is there and that you may read it; `cause` has the system’s own error.',
  FileRangeError: DOWNLOAD_AGAIN,
  HttpStatusError:
    'Open the URL in a browser. 401 and 403: not allowed; 429: asked too often; 5xx: the server’s trouble, try later.',
  RangeNotSupportedError:
    'Serve the files by a server that answers Range requests (nginx, Apache, S3 and most CDNs do), or download the directory and give its path.',
  FileModifiedError:
    'Wait until what writes the file is done, or write to another file and rename it; then call again.',
  FileChangedError:
    'Load it again. If it keeps happening, the server sends another `ETag` each time: serve static files.',
  SeveralCheckpointsError:
    'Give the files of one directory only, for instance one folder from the page’s file picker.',
  SeveralWeightsError:
    'Choose one weights file, such as the last epoch’s, besides the configuration and the tokenizer.',
  NativePackageError:
    'Install the packages again on this machine, with optional packages. `node_modules` copied from another system has no native code for this one.',
  HostMemoryError:
    'Ask for less at once, as the message says: fewer rows, or `topK` in place of the whole matrix.',
  // The checkpoint
  CheckpointNotFoundError:
    'Take the whole directory of the model, with `open_clip_pytorch_model.bin` or `open_clip_model.safetensors`.',
  NotWeightsError:
    'Put the file itself there: the message says what is there in its place, and how such a thing comes about.',
  WeightsPassedOverError:
    'A warning. Remove the file that cannot be read, or download it again; the results are of the other one.',
  OtherStateDictError:
    'A warning. Nothing is wrong if the weights under the key that the message names are meant; else save the others alone.',
  QuickGeluNameError:
    'A warning. For weights of OpenAI, MetaCLIP and most of DFN add `"quick_gelu": true` to `model_cfg`; no tensor says so.',
  AdapterWeightsError:
    'Load the adapter with PEFT in Python, call `model.merge_and_unload()`, and save `state_dict()` of what it returns.',
  TensorPrefixError:
    'Save `model.state_dict()` of the CLIP model itself, without the wrapper and what else it holds.',
  ShardIndexError: DOWNLOAD_AGAIN,
  MissingShardError: 'Download the files that the message names into the same directory.',
  MissingShardTensorError: 'Files of two downloads were mixed. Take the index and all its files from one.',
  RepeatedTensorError: 'Files of two downloads were mixed. Take the index and all its files from one.',
  TruncatedFileError: DOWNLOAD_AGAIN,
  UnknownTensorError:
    'The file is not a BiomedCLIP as open_clip saves it. Use the download as it is, or save `model.state_dict()` of open_clip.',
  TensorRangeError: DOWNLOAD_AGAIN,
  HeaderLengthError:
    'A page of a hub or a Git LFS pointer, saved in place of the weights, looks like this. Download the file itself.',
  HeaderFormatError: DOWNLOAD_AGAIN,
  TensorEntryError:
    'Whatever wrote the file wrote it wrongly. Save it again with `safetensors.torch.save_file`.',
  TensorOffsetsError:
    'Whatever wrote the file wrote it wrongly, or it is damaged. Download it again, or save it anew.',
  TrailingDataError: DOWNLOAD_AGAIN,
  TensorDataLengthError:
    'A fault of the program that writes the file: give as many bytes as the shape and the type need.',
  ZipFormatError: DOWNLOAD_AGAIN,
  ZipEntryEncodingError: 'The archive was packed anew by another program. Save it with `torch.save`.',
  NotTorchZipError:
    'Save it again with a PyTorch from 1.6 on: `torch.save(torch.load(file, map_location="cpu"), file)`.',
  TorchArchiveError: 'Save the weights alone: `torch.save(model.state_dict(), file)`.',
  PickleFormatError: DOWNLOAD_AGAIN,
  PickleOpcodeError:
    'Save the weights alone, with PyTorch’s default protocol: `torch.save(model.state_dict(), file)`.',
  PickleGlobalError:
    'Weights saved as objects of a class, such as a whole model or a quantised tensor. If you trust where the file comes from, load it in Python and save `model.state_dict()` alone; if not, delete it.',
  StateDictError:
    'Save the weights alone: `torch.save(model.state_dict(), file)`, not the model or the optimizer.',
  NonContiguousTensorError: 'Save it again with `{name: t.contiguous() for name, t in state_dict.items()}`.',
  StorageRangeError: DOWNLOAD_AGAIN,
  ConfigNotFoundError:
    'Take `open_clip_config.json` from where the weights come from, and put it beside them.',
  PreprocessorNotFoundError:
    'A warning. Take `preprocessor_config.json` from where the weights come from, and put it beside them.',
  ConfigJsonError:
    'Open the file: it must be one JSON object. A page of a hub, saved in its place, starts with `<`.',
  ConfigFieldError:
    'The checkpoint asks for something that this engine would compute differently, so it is refused. Use another checkpoint, or correct the field that the message names.',
  UnknownFieldsError:
    'A warning. Check the spelling of the fields; if they are only notes, nothing needs doing.',
  TokenizerNameError:
    'A warning. Make sure that the tokenizer files beside the weights are the ones that the model was trained with.',
  UnusualModelError:
    'A warning. Fine for a model of your own; for a download it means that files of two models were mixed.',
  AssumedBertError:
    "A warning. Put the BERT's own `config.json` beside `open_clip_config.json`, and its values are taken.",
  UnknownModelNameError:
    'For a model of your own, add its depth, heads and eps under `biomedclip_webgpu` in `open_clip_config.json`.',
  MissingTensorError:
    'The weights and the configuration are of different models, or layers were left out when it was saved. The message lists what is missing.',
  TooManyLayersError: 'The tensors’ names are wrong or the file is damaged. Download it again.',
  UnexpectedTensorsError:
    'A warning. If the tensors belong to the model, its results here differ from open_clip’s: do not use it.',
  TensorShapeError: 'The weights and the configuration are of different models. Take both from one download.',
  TensorDtypeError: 'Convert the weights to float32, float16 or bfloat16 and save them again.',
  NonFiniteWeightError:
    'Download it again. If it is your own model, training has diverged: take an earlier state.',
  LogitScaleError:
    'Download it again. If it is your own model, training has diverged: take an earlier state.',
  F16OverflowError: "Load it with `dtype: 'f32'`, the default.",
  // Models by name
  HubUnreachableError:
    'Check the network and `HF_ENDPOINT`. Without a network, run the download command of the message elsewhere, and load that directory.',
  HubOfflineError:
    'Unset `HF_HUB_OFFLINE` once, so that the model is downloaded; or give the directory of a download.',
  HubRepositoryNotFoundError: 'Check the spelling of `owner/name`. A private model needs a token.',
  HubAccessError: 'Accept the model’s licence on its page, and give a token that may read it (`HF_TOKEN`).',
  HubRevisionNotFoundError: 'Give a branch, a tag or a whole commit hash that the model has.',
  HubAnswerError:
    'Check `HF_ENDPOINT` and the proxy: a login page in place of the answer is the usual reason.',
  HubNoCheckpointError:
    'Name the model as open_clip publishes it; conversions for transformers, ONNX or GGUF cannot be loaded.',
  HubFileHashError:
    'Load again: the damaged file is gone. If it stays so, a proxy changes what it passes on.',
  HubNotAskedError:
    'A warning. Give a commit as the revision, or load once with a network, to be sure of the version.',
  HubUnknownFilesError: 'A warning. Load it once with a network.',
  // Tokenizer and texts
  MissingTokenizerError: 'Copy `tokenizer.json` or `vocab.txt` from the model’s download into the directory.',
  TokenizerFileError:
    'Take the tokenizer’s file from the model’s download again; a page of a hub in its place is the usual reason.',
  MissingBpeError: 'Copy the files that the message names into the checkpoint’s directory.',
  MissingSpecialTokenError: 'The vocabulary is not a BERT’s. Take the tokenizer of the model itself.',
  ShortVocabularyError:
    'A warning. If the vocabulary was cut short, captions are split wrongly: download it again. Padded weights are fine.',
  VocabularySizeError: 'The tokenizer and the weights are of different models. Take both from one download.',
  TextRepairError:
    'Clean the caption before you give it, or shorten it; it is nested escapes all the way down.',
  // Images
  ImageError: "Catch it to go on with the other images, or pass `onError: 'skip'`.",
  ImageNotFoundError: 'Check the path or the URL. Paths in a CSV are relative to the CSV’s folder.',
  UnfitImageError:
    'Crop the image, or convert it to RGB, as the message says; or embed with a model of another `resize_mode`.',
  UnreadableImageError:
    "Open the file in a viewer. If it opens, save it again as PNG; if not, get it again. `onError: 'skip'` goes on without it.",
  UnsupportedImageError:
    'Convert it to PNG. DICOM: export a PNG of 16 bits with the window that you want to see.',
  ImageTooLargeError: 'Scale the image down, or cut tiles from it: the model sees 224 × 224 pixels anyway.',
  ImageFileSizeError: 'Scale the image down, or cut tiles from it.',
  UnusedBitsError:
    "A warning. Give a window: `{ source, window: 'auto' }`, or `--window auto` on the command line.",
  OtherFramesError:
    'A warning. Name the frame, page or slice (`{ source, frame: 3 }`), or list them all: `--frames all`, `--pages all`, `--slices all`.',
  NoDicomPixelsError:
    'A report, a document, a plan or a directory; the message names its SOP class and modality. Leave it out of the set.',
  UnsupportedDicomError:
    'Convert it to an uncompressed DICOM of 8 or 16 bits (`dcmdjpeg`, `gdcmconv --raw`), or export a PNG.',
  NoSuchFrameError: 'Frames, pages and slices are counted from 1; the message says how many there are.',
  // Inputs of embedBatch
  TextInputError: "Give strings. An empty cell of a table is often `null` or `NaN`: drop it or make it `''`.",
  ImageInputError:
    "The message names the image and says why. `onError: 'skip'` lists it in `skipped` and goes on.",
  TowerNotLoadedError:
    'Load the model without `towers`, or give this one images or texts alone, as it was loaded for.',
  TextCleaningError:
    "The message names the text and says why. `onError: 'skip'` lists it in `skipped` and goes on.",
  NonFiniteOutputError:
    'Check the checkpoint with another image: if all fail, it is damaged; if one does, look at that image.',
  // Vectors
  NonFiniteVectorError:
    'Leave the row out. Rows of zeros that were divided by their length are the usual reason.',
  ZeroVectorError: "Leave the row out, or use `metric: 'euclidean'`.",
  // Search
  TooManyDuplicatesError:
    'Raise the threshold: most pairs of one subject are alike at a low one. Or raise `limit`, up to what memory holds.',
  EmptyIndexError: 'Call `add` with at least one row before `query`.',
  // Similarity
  ResultRangeError: "Scale the vectors to length 1, or use `metric: 'cosine'`.",
  MatrixTooLargeError: 'Pass `topK`: the best k of each row are kept, and the whole matrix never exists.',
  // Modality gap
  PairCountError:
    'Give one text for each image. Where an image has several captions, repeat the image’s row.',
  PairIdsError: "Leave out the rows that the message names, or pair row by row with `pairBy: 'rows'`.",
  ComparedPairsError:
    'Embed the same pairs with every model. Where one model skipped images, leave out the pairs that the message names.',
  ComparedModelError: 'See the error that it names as its cause; it is about the rows of that model.',
  ShiftedToZeroError: 'Use another amount, or `renormalize: false`.',
  // Quality
  EntryCountError: 'Give one entry for each pair; the message names the field and both counts.',
  LabelWithoutPromptError: "Add a prompt for the label. Numbers and strings differ: `1` is not `'1'`.",
  UnpairedReportsError: 'Judge both embeddings with the same items, groups, labels, seed and options.',
  // Classification
  UnknownClassError: 'Add the label to the classes with its prompt, or leave its items out.',
  EmptyClassError: 'Give each class a prompt; for a probe, items in the part that it learns from.',
  SplitError: 'Give more items or groups, other fractions, or say yourself which part each item is in.',
  ProbeDivergedError: 'Scale the rows to length 1, or try a smaller C.',
  // t-SNE
  TooFewPointsError: 'A map needs at least two points.',
  PointScaleError: 'Divide the data by its largest value first.',
  PerplexityError: 'Lower the perplexity below the number of points; 5 to 50 are usual.',
  PcaInitError: "Use `init: 'random'`. Rows that are all alike give no map.",
  DivergedError: "Use `learningRate: 'auto'`, the default.",
  // Closing the gap
  ClosedToZeroError: 'Leave the row out, or fit on more rows.',
  FewRowsError: 'Fit on more rows, or use `center`, which needs the fewest.',
  NoSpreadError: 'All rows are alike. Check that different images and captions were embedded.',
  UnpairedRowsError:
    'Give as many texts as images, or use a method that learns from no pairs, such as `local` or `center`.',
  ClosingFileError: 'Give the file that `close-gap fit --out` or `GapClosing.save` wrote.',
  ClosingMismatchError:
    'A closing fits one checkpoint. Embed with the model that it was fitted on, or fit one on these rows.',
  ClosingUnknownModelError:
    'A warning. Fit with `{ model: model.info }`, so that other models’ rows are refused.',
  ClosingLogitScaleError:
    'A warning. Fit with pairs and folds to get a scale; until then use ranks, not probabilities.',
  // Training a head
  HeadDivergedError: 'Lower `learningRate`, or go on from an earlier `state()` by `resume`.',
  StateTooLateError: 'Call `state()` inside `onProgress`, before it returns.',
  // The browser's cache
  NotCachedError:
    'A warning: everything works, but the next load downloads again. Private windows and full disks are the usual reasons.',
  CacheNotClearedError: 'Close the other tabs that use the model, and try again.',
  // The command line
  UsageError: 'Read the message and `--help` of the command ([all commands](commands.md)).',
  OutputWriteError: 'Check that the folder exists, that you may write there, and that the disk is not full.',
  CacheFolderError: 'Set `XDG_CACHE_HOME` to a folder of your own that others cannot write to.',
  DamagedDriverError:
    'Install the version that the message names: `npm install @sparticuz/chromium@147.0.0`.',
  OutputNotEmptyError: 'Name another directory, or pass `--force`.',
  OutputIsSourceError: 'Name another directory with `--out`.',
  OutputIsInputError:
    'Name another file or directory with `--out`: what the command reads is never overwritten.',
  UrlNotAllowedError: 'Pass `--allow-urls` if the captions file’s URLs may be fetched.',
  NoImagesError: 'Check the directory, or pass `--recursive`.',
  DirectoryReadError: 'Check that it is there and that you may read it.',
  TextFileReadError: 'Check the path and that you may read the file.',
  TextEncodingError:
    'Save the file as UTF-8 (in Excel: “CSV UTF-8”), or name its encoding: `--encoding windows-1252` is what older Windows programs write.',
  CaptionsFormatError: 'Rename it, or save it as CSV with the columns `image,caption`.',
  NoCaptionsError: 'The file is empty. Check that it is the right one.',
  CaptionsHeaderError: 'Name the columns: `--image-column`, `--caption-column`, `--id-column`.',
  SeveralLabelsError:
    'Score one finding at a time: `--label-column` names its column, `--labels` its values with their prompts.',
  TableRowError:
    'Look at the line that the message names: fields with commas or line breaks need quotes around them.',
  ArchiveError:
    'Look at the member or row that the message names; a file that is cut short or damaged is to be made or downloaded anew.',
  DuplicateItemError:
    'Give each item an id of its own, or name the right column with `--id-column`; files that are one set may not repeat ids.',
  NoPairsError:
    'Name the columns of images and captions; in a tar the files of a pair have the same name up to the first dot.',
  DuplicateIdError:
    'Give each row an id of its own. Where an image has several captions, name it in a column `image`.',
  CaptionLinesError: 'Give the lines a header, and the file the ending that the message names.',
  RowValuesError: 'Give one value for each row, in the format that the message names.',
  DifferentCheckpointsError: 'Embed images and texts with the same `--model`.',
  SameModelError: 'Name each model, or each folder of embeddings, once.',
  MixedClosingsError: 'Compare embeddings as the models make them, or close the gap of all.',
  DifferentPairsError: 'Embed the same images and captions with every model.',
  AlreadyClosedError: 'Give the embeddings as `embed` wrote them, without `--closing`.',
  // Whole slides
  UnsupportedSlideError:
    'Convert the slide with libvips (`vips tiffsave in out.tif --tile --pyramid --compression jpeg`), QuPath or bfconvert to a tiled, pyramidal TIFF.',
  UnreadableSlideError:
    'Compare its size with the original and copy it again. If a viewer opens it, report it with the message and the output of `tiffinfo`.',
  NoSuchTileError:
    'Choose among the levels that `slide.levels` lists, and a square within one; coordinates are in pixels of that level.',
  NpyFormatError: 'Save it with `numpy.save`; pickled arrays are not read.',
  NpyLayoutError: 'Convert it: `numpy.save(file, x.astype("<f4"))`.',
  ElementRangeError: 'Vectors are float32. Scale the values, or leave the row out that the message names.',
  NpyLengthError: 'The file was cut short. Write it again.',
  NpyShapeError: 'Save a matrix, one vector a row: `x.reshape(len(x), -1)`.',
  // Files of vectors
  RowsFormatError: 'Write the file again, as `.npy`, `.npz`, `.safetensors` or `.parquet`.',
  RowsNameError:
    'Name the array, tensor or column: `file#name` on the command line, `name` in `readVectors`.',
  RowBytesError:
    'Check `dim`, `dtype` and `offset`: the bytes behind the offset must be whole rows. A file that was cut short must be written again.',
  RowLayoutError:
    "Save the rows as float16 or float32, little-endian, row by row: `numpy.ascontiguousarray(x, '<f2')`.",
  RowLengthError: 'All rows must be as long. Leave the row out that the message names.',
  RowGapError: 'Fill the value in, or leave the row out that the message names.',
  ManifestError: 'Do not edit `manifest.json`. Embed again, or remove it to pair rows by position.',
  ManifestFieldError: 'Do not edit `manifest.json`. Embed again, or remove it to pair rows by position.',
  MissingPackageError: 'Run the `npm install` line that the message gives.',
  SourceDateError: 'Unset `SOURCE_DATE_EPOCH`, or set it to whole seconds since 1970.',
  OutputExistsError: 'Pass `--force` to overwrite it, or name another `--out`.',
  OutputInUseError:
    'Wait until the other command has ended, or give this one another `--out`. After a crash on another machine or in another container, delete the file that the message names.',
  OutputUnfinishedError:
    'Run the command that wrote there again; it finishes what was begun first, as does any that writes several files there.',
  NoMatchError: 'Check the pattern and the folder that you are in.',
  ClosedPipeError: 'Nothing is wrong: the reader, such as `head`, had enough.',
  // Labelled sets
  LabelledSetError:
    'Say where labels are (`--label-column`, `--label-from folder`, `--truth`), name all classes by `--labels`, or leave images out by `--other-labels skip`.',
  ClassesFileError:
    'A table has the columns `label` and, where the text is another, `prompt`; a template has `{}` where the class goes.',
  RecipeError:
    'Mend the field that the message names; the package’s own recipes, in `recipes/`, show the form.',
  RecipeLayoutError:
    'Name the folder that holds what the message lists, as the set is published ([evaluate](../evaluate.md)).',
  // Exports
  ExportTextError: 'Remove the NUL from the caption, label or path, and embed again.',
  ExportTableError: 'Pass `--force` to replace the table, or name another by `--table`.',
  // Services
  FolderGoneError:
    'Put the folder of `--folder` back, or start the server anew with the folder that there is now.',
  UploadTimeoutError: 'Send less at a time, or start the server with a longer `--upload-timeout`.',
  MessageTooLongError: 'Ask for less in a call, and start the server again.',
  QueueFullError: 'Try again after the seconds that the message names, or send fewer requests at a time.',
  RequestTimeoutError: 'Ask for less at a time, or start the service with a longer `--timeout`.',
  ShuttingDownError: 'Start the service again.',
  ListenError: 'Choose another `--port` or `--host`, as the message says, or end what listens there.',
  UnknownFolderError:
    'Name one of the folders that the service was started with, or start it with another `--folder`.',
  OutsideFolderError: 'Name images by their path within the folder, without `..`.',
  FolderTooLargeError: 'Name folders inside it instead.',
  NothingToSearchError: 'Check the folder, or pass `--recursive`.',
  RequestLimitError: 'Send several requests, each within the limit that the message names.',
  RequestFieldError: 'Correct the field that the message names.',
  // A study
  StudyManifestError: 'Give a directory that `embed` wrote with `--captions`.',
  TooFewPairsError: 'Give at least two images with captions; the message says how many were lost, and why.',
  // Shards
  ShardPlanError:
    'Keep `plan.json` and its `.rows.jsonl` together and as they are. After an update of this package, or if either is lost, run `shards plan` again ([scale](../scale.md)).',
  InputChangedError:
    'Put the file back as it was, or plan again: shards whose inputs did not change keep their ids, and what is embedded of them. `shards plan --digests` compares contents in place of sizes and times.',
  OtherPlanError:
    'Give each plan a folder of its own: results of several models, or of other cuts, are not one set. To go on after inputs changed, plan again and name another `--out`.',
  QueueEndedError: 'Start the worker again; what is committed stays.',
  ObjectAddressError: 'Write `s3://BUCKET/KEY`.',
  BucketAccessError:
    'Check that the bucket is there, and the credentials, `AWS_REGION` and `AWS_ENDPOINT_URL`: the AWS client takes them from the environment and `~/.aws` ([scale](../scale.md)).',
  ObjectStoreError:
    'Run the command again: shards that are done stay so. For more tries a call set `AWS_MAX_ATTEMPTS`, and where the store asks to slow down `AWS_RETRY_MODE=adaptive`.',
  ConditionalWriteError:
    'Write to a store that heeds `If-None-Match: *`, as S3 itself does, or to a folder that all workers see.',
  QueueUnreachableError:
    'Start Redis (7 or later) or Valkey, or say by `--redis` where it is: `redis://user:password@host:6379`, `rediss://` for TLS.',
  LedgerError:
    'Delete the file that the message names and run `embed --shards` again: its shard is embedded anew, and nothing else.',
  ShardsLeftError:
    'Look at the errors by `shards status`, mend the inputs or pass `--on-error skip`, then run the worker again; parked shards need `shards retry` first.',
  ShardsNotWholeError:
    'Run the workers again for what is missing. Delete a damaged result together with its commit (`<id>.json`), and it is embedded anew; parked shards need `shards retry` first.',
};
