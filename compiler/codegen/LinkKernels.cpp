// Everything that knows LLVM's code generator. The work has four steps, one function each: read a
// kernel and give it its wrapper, link, clean up, write the object; and a check of the object's
// symbols at the end.
#include "compiler/codegen/LinkKernels.h"

#include "compiler/codegen/InternalError.h"

#include <fmt/format.h>

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <mutex>
#include <set>

namespace cnx {
namespace {

// struct halide_buffer_t, of which a kernel with baked strides and extents reads the host pointer
// only.
constexpr uint64_t kBufferBytes = 56;
constexpr uint64_t kHostOffset = 16;

// Halide's names for what the runtime does, and the runtime's.
constexpr std::pair<const char *, const char *> kRuntimeNames[] = {
    {"halide_do_par_for", "cnx_rt_do_par_for"},
    {"halide_malloc", "cnx_rt_scratch_malloc"},
    {"halide_free", "cnx_rt_scratch_free"},
};

const std::set<std::string> kMayNeed = {"cnx_rt_do_par_for", "cnx_rt_scratch_malloc",
                                        "cnx_rt_scratch_free", "memcpy", "memset"};

// The tuning model is named beside the level: x86-64-v4 alone would prefer 256-bit vectors, and the
// kernels' tiles are measured with these two.
struct Cpu {
  const char *name;
  const char *tune;
  const char *features;
  const char *vectorBits;
};
Cpu cpuOf(Level level) {
  return level == Level::v3 ? Cpu{"x86-64-v3", "haswell", "+prefer-no-gather", "256"}
                            : Cpu{"x86-64-v4", "skylake-avx512", "+prefer-no-gather", "512"};
}

std::unique_ptr<llvm::TargetMachine> makeTargetMachine(Level level) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  const llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string message;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (target == nullptr)
    throw InternalError(fmt::format("LLVM has no x86-64 code generator: {}", message));
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  const Cpu cpu = cpuOf(level);
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, cpu.name, cpu.features, options, llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

// True when every use of the buffer is a load of its host pointer, so that the other fields need no
// value.
bool readsHostOnly(const llvm::Argument &buffer, const llvm::DataLayout &layout) {
  for (const llvm::User *user : buffer.users()) {
    const auto *address = llvm::dyn_cast<llvm::GetElementPtrInst>(user);
    if (address == nullptr)
      return false;
    llvm::APInt offset(layout.getIndexTypeSizeInBits(address->getType()), 0);
    if (!address->accumulateConstantOffset(layout, offset) || offset != kHostOffset)
      return false;
    for (const llvm::User *reader : address->users())
      if (!llvm::isa<llvm::LoadInst>(reader) || !reader->getType()->isPointerTy())
        return false;
  }
  return true;
}

void checkSignature(const llvm::Function &function, const KernelBitcode &kernel) {
  const auto fail = [&](const std::string &what) {
    throw InternalError(fmt::format("kernel {}: {}", kernel.symbol, what));
  };
  const llvm::FunctionType *type = function.getFunctionType();
  const auto count = static_cast<unsigned>(1 + kernel.reads + kernel.scalars + kernel.writes);
  if (!type->getReturnType()->isIntegerTy(32) || type->isVarArg() || type->getNumParams() != count)
    fail(fmt::format("its bitcode takes {} arguments, expected {}", type->getNumParams(), count));
  for (unsigned i = 0; i < count; ++i) {
    const int argument = static_cast<int>(i) - 1;
    const bool scalar = argument >= kernel.reads && argument < kernel.reads + kernel.scalars;
    const llvm::Type *found = type->getParamType(i);
    if (scalar ? !found->isFloatTy() : !found->isPointerTy())
      fail(fmt::format("argument {} of its bitcode is not a {}", argument,
                       scalar ? "float" : "pointer"));
    if (i > 0 && !scalar &&
        !readsHostOnly(*function.getArg(i), function.getParent()->getDataLayout()))
      fail(fmt::format("its bitcode reads more of argument {} than the host pointer", argument));
  }
}

// `SYMBOL` of plain pointers and floats: the buffers are filled on its stack, Halide's own function
// is inlined into it and the buffers vanish.
llvm::Function *addWrapper(llvm::Function &halide, const std::string &symbol) {
  llvm::Module &module = *halide.getParent();
  halide.setName(symbol + ".body");
  halide.removeFnAttr(llvm::Attribute::NoInline);
  halide.removeFnAttr(llvm::Attribute::OptimizeNone);
  halide.addFnAttr(llvm::Attribute::AlwaysInline);

  auto *wrapper = llvm::Function::Create(halide.getFunctionType(),
                                         llvm::GlobalValue::ExternalLinkage, symbol, module);
  wrapper->addFnAttr(llvm::Attribute::NoUnwind);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "entry", wrapper));
  std::vector<llvm::Value *> arguments;
  for (llvm::Argument &argument : wrapper->args()) {
    if (argument.getArgNo() == 0 || !argument.getType()->isPointerTy()) {
      arguments.push_back(&argument);
      continue;
    }
    auto *buffer = builder.CreateAlloca(llvm::ArrayType::get(builder.getInt8Ty(), kBufferBytes));
    buffer->setAlignment(llvm::Align(8));
    builder.CreateStore(
        &argument, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), buffer, kHostOffset));
    arguments.push_back(buffer);
  }
  builder.CreateRet(builder.CreateCall(&halide, arguments));
  return wrapper;
}

void setCpu(llvm::Function &function, Level level) {
  for (const char *name : {"target-cpu", "target-features", "tune-cpu", "frame-pointer",
                           "prefer-vector-width", "min-legal-vector-width"})
    function.removeFnAttr(name);
  if (function.isIntrinsic())
    return;
  const Cpu cpu = cpuOf(level);
  function.addFnAttr("target-cpu", cpu.name);
  function.addFnAttr("tune-cpu", cpu.tune);
  function.addFnAttr("target-features", cpu.features);
  function.addFnAttr("prefer-vector-width", cpu.vectorBits);
  function.addFnAttr("min-legal-vector-width", cpu.vectorBits);
}

// Halide writes every prefetch as non-temporal, which bypasses the level-2 cache; the kernels mean
// that cache.
void raisePrefetches(llvm::Module &module) {
  constexpr unsigned kLocality = 2; // operand of llvm.prefetch, and its value for level 2
  for (llvm::Function &function : module)
    if (function.getIntrinsicID() == llvm::Intrinsic::prefetch)
      for (llvm::User *user : function.users())
        llvm::cast<llvm::CallInst>(user)->setArgOperand(
            kLocality,
            llvm::ConstantInt::get(llvm::Type::getInt32Ty(module.getContext()), kLocality));
}

// Reads one kernel and gives its functions their final names. Module-wide facts (layout, flags)
// become those of the level.
std::unique_ptr<llvm::Module> readKernel(llvm::LLVMContext &context, const KernelBitcode &kernel,
                                         const llvm::TargetMachine &machine, Level level) {
  auto buffer = llvm::MemoryBuffer::getFile(kernel.path.string());
  if (!buffer)
    throw InternalError(fmt::format("kernel {}: {}: {}", kernel.symbol, kernel.path.string(),
                                    buffer.getError().message()));
  auto parsed = llvm::parseBitcodeFile(**buffer, context);
  if (!parsed)
    throw InternalError(fmt::format("kernel {}: {}: {}", kernel.symbol, kernel.path.string(),
                                    llvm::toString(parsed.takeError())));
  std::unique_ptr<llvm::Module> module = std::move(*parsed);
  for (const char *name : {"llvm.ident", "llvm.module.flags", "llvm.commandline"})
    if (llvm::NamedMDNode *node = module->getNamedMetadata(name))
      node->eraseFromParent();
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());

  llvm::Function *halide = module->getFunction(kernel.symbol);
  if (halide == nullptr || halide->isDeclaration())
    throw InternalError(
        fmt::format("kernel {}: {} does not define it", kernel.symbol, kernel.path.string()));
  checkSignature(*halide, kernel);
  addWrapper(*halide, kernel.symbol);
  raisePrefetches(*module);

  // Closures of parallel loops carry counters of Halide's process in their names.
  int tasks = 0;
  for (llvm::Function &function : *module)
    if (!function.isDeclaration() && function.getName().starts_with(kernel.symbol + "_par_for"))
      function.setName(fmt::format("{}.task{}", kernel.symbol, tasks++));
  for (const auto &[from, to] : kRuntimeNames)
    if (llvm::Function *function = module->getFunction(from))
      function->setName(to);
  for (llvm::Function &function : *module)
    setCpu(function, level);
  return module;
}

// The constant array of the wrappers in the plan's order; hidden, so that it is no symbol of a
// shared library.
void addTable(llvm::Module &module, const LinkRequest &request) {
  std::vector<llvm::Constant *> entries;
  for (const KernelBitcode &kernel : request.kernels)
    entries.push_back(module.getFunction(kernel.symbol));
  auto *type = llvm::ArrayType::get(llvm::PointerType::get(module.getContext(), 0), entries.size());
  auto *table = new llvm::GlobalVariable(module, type, /*isConstant=*/true,
                                         llvm::GlobalValue::ExternalLinkage,
                                         llvm::ConstantArray::get(type, entries), request.table);
  table->setVisibility(llvm::GlobalValue::HiddenVisibility);
}

void internalise(llvm::Module &module, const std::string &table) {
  for (llvm::GlobalValue &value : module.global_values()) {
    if (value.isDeclaration() || value.getName() == table)
      continue;
    value.setLinkage(llvm::GlobalValue::InternalLinkage);
    value.setVisibility(llvm::GlobalValue::DefaultVisibility);
    value.setDSOLocal(true);
    if (auto *object = llvm::dyn_cast<llvm::GlobalObject>(&value))
      object->setComdat(nullptr);
  }
}

// Halide has optimised the kernels already: only what the wrappers bring in is cleaned away.
void inlineBodies(llvm::Module &module) {
  llvm::PassBuilder builder;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);

  llvm::FunctionPassManager cleanup;
  cleanup.addPass(llvm::SROAPass(llvm::SROAOptions::PreserveCFG));
  cleanup.addPass(llvm::EarlyCSEPass());
  llvm::ModulePassManager pipeline;
  pipeline.addPass(llvm::AlwaysInlinerPass(/*InsertLifetime=*/false));
  pipeline.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(cleanup)));
  pipeline.addPass(llvm::GlobalDCEPass());
  pipeline.run(module, modules);
}

using Bytes = llvm::SmallVector<char, 0>;

Bytes generate(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType type) {
  Bytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    throw InternalError("LLVM's x86-64 code generator does not write that kind of file");
  passes.run(module);
  return bytes;
}

void writeBytes(const std::filesystem::path &path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path.string(), error, llvm::sys::fs::OF_None);
  if (!error) {
    stream << bytes;
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    throw std::filesystem::filesystem_error("cannot write", path, error);
}

// The kernel and its tasks alone, as text.
void dumpKernel(const llvm::Module &module, const std::string &symbol, const LinkRequest &request,
                llvm::TargetMachine &machine) {
  llvm::ValueToValueMapTy map;
  const auto belongs = [&](const llvm::GlobalValue *value) {
    if (value->getName() == request.table)
      return false;
    return !llvm::isa<llvm::Function>(value) || value->getName() == symbol ||
           value->getName().starts_with(symbol + ".");
  };
  std::unique_ptr<llvm::Module> part = llvm::CloneModule(module, map, belongs);
  part->getFunction(symbol)->setLinkage(llvm::GlobalValue::ExternalLinkage);
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder().registerModuleAnalyses(modules);
  if (llvm::GlobalVariable *table = part->getGlobalVariable(request.table))
    table->eraseFromParent();
  for (llvm::Function &function : llvm::make_early_inc_range(*part))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();

  const std::filesystem::path stem =
      request.dumpFolder / fmt::format("{}.{}", symbol, levelName(request.level));
  std::string text;
  llvm::raw_string_ostream(text) << *part;
  writeBytes(stem.string() + ".ll", text);
  const Bytes assembly = generate(*part, machine, llvm::CodeGenFileType::AssemblyFile);
  writeBytes(stem.string() + ".s", llvm::StringRef(assembly.data(), assembly.size()));
}

// Defined and undefined symbols must be what the header of this file promises. The code generator
// adds calls of its own (libm, memmove), so the object is asked, not the module.
void checkSymbols(const Bytes &bytes, const std::string &table) {
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(bytes.data(), bytes.size()), table));
  if (!object)
    throw InternalError(fmt::format("{}: {}", table, llvm::toString(object.takeError())));
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols()) {
    const uint32_t flags = llvm::cantFail(symbol.getFlags());
    const std::string name = llvm::cantFail(symbol.getName()).str();
    const bool undefined = (flags & llvm::object::SymbolRef::SF_Undefined) != 0;
    const bool global = (flags & llvm::object::SymbolRef::SF_Global) != 0;
    if (undefined && !name.empty() && kMayNeed.count(name) == 0)
      throw InternalError(fmt::format("{}: a kernel calls {}, which no kernel may", table, name));
    if (!undefined && global && name != table)
      throw InternalError(fmt::format("{}: the object defines {} as well", table, name));
  }
}

} // namespace

void linkKernels(const LinkRequest &request) {
  std::unique_ptr<llvm::TargetMachine> machine = makeTargetMachine(request.level);
  llvm::LLVMContext context;
  llvm::Module module(request.table, context);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());

  llvm::Linker linker(module);
  for (const KernelBitcode &kernel : request.kernels)
    if (linker.linkInModule(readKernel(context, kernel, *machine, request.level)))
      throw InternalError(fmt::format("kernel {}: LLVM cannot link it", kernel.symbol));
  // Names in the object; the linker takes over the last kernel's.
  module.setModuleIdentifier(request.table);
  module.setSourceFileName(request.table);
  module.setPICLevel(llvm::PICLevel::BigPIC);
  addTable(module, request);
  internalise(module, request.table);
  inlineBodies(module);
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(module, &stream))
    throw InternalError(fmt::format("{}: {}", request.table, message));

  if (!request.dumpFolder.empty())
    for (const KernelBitcode &kernel : request.kernels)
      dumpKernel(module, kernel.symbol, request, *machine);
  const Bytes bytes = generate(module, *machine, llvm::CodeGenFileType::ObjectFile);
  checkSymbols(bytes, request.table);
  writeBytes(request.object, llvm::StringRef(bytes.data(), bytes.size()));
}

} // namespace cnx
