// The ops of `plan`. Verifiers check what one op can see; the replay of whole programs is compiler/plan's.
#ifndef CN_PLAN_OPS_TD
#define CN_PLAN_OPS_TD

include "ir/Attributes.td"
include "ir/PlanDialect.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;
class Plan_SymbolOp<string mnemonic, list<Trait> traits = []>
    : Plan_Op<mnemonic, traits # [Symbol, HasParent<"::mlir::ModuleOp">]> {
  let hasVerifier = 1;
}

def Plan_ParameterOp : Plan_SymbolOp<"parameter"> {
  let summary = "a parameter of the model, as cnx::Parameter";
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$shape, OptionalAttr<StrAttr>:$file,
      OptionalAttr<StrAttr>:$tensor, DefaultValuedAttr<Plan_InitAttr, "::cnx::Initialiser::zeros">:$init,
      DefaultValuedAttr<Cnx_Double, "0.0">:$init_value, DefaultValuedAttr<Cnx_Int, "0">:$seed,
      OptionalAttr<DenseI64ArrayAttr>:$stored);
  let assemblyFormat = "$sym_name $shape attr-dict";
}

def Plan_SegmentOp : Plan_SymbolOp<"segment"> {
  let summary = "a region of memory; views are windows of it";
  let description = [{
    The segment of drop-path factors `drop_path.<i>` tells the rate at which they are drawn. One with `arena_offset` lies in the
    arena, from that byte on: what a program writes there stays until the next program begins, and activations take the bytes
    until then.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Plan_SegmentKindAttr:$kind, Cnx_Int:$bytes,
      OptionalAttr<F64Attr>:$rate, OptionalAttr<I64Attr>:$arena_offset);
  let assemblyFormat = "$sym_name `kind` `=` `` $kind `bytes` `=` $bytes attr-dict";
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::cnx::plan::SegmentKind":$kind, "int64_t":$bytes),
      [{ build($_builder, $_state, name, kind, bytes, ::mlir::FloatAttr(), ::mlir::IntegerAttr()); }]>];
}

def Plan_ConstantOp : Plan_SymbolOp<"constant", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "one packed weight: where it lies and the expression that makes it";
  let description = "The layer is the location's name. The expression's leaves are parameters: `pad_vector(@norm.bias)`.";
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$segment, Cnx_Int:$offset, Cnx_Int:$bytes,
      StrAttr:$expr, DenseI64ArrayAttr:$shape);
  let assemblyFormat = "$sym_name `in` $segment `at` $offset `bytes` `=` $bytes `expr` `=` $expr `shape` `=` $shape attr-dict";
}

def Plan_KernelOp : Plan_SymbolOp<"kernel"> {
  let summary = "one compiled kernel";
  let description = [{
    `graph` is the KernelGraph's JSON; the symbol is its kernelSymbol. `access` has "r", "w" or "rw" for each pointer argument, in the
    kernel's argument order, `scalars` counts the arguments passed by value. Flops and bytes are those of one launch.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$fusion, StrAttr:$graph, StrArrayAttr:$access, Cnx_Int:$scalars,
      Cnx_Int:$flops, Cnx_Int:$bytes);
  let assemblyFormat = [{ $sym_name `fusion` `=` $fusion `access` `=` $access `scalars` `=` $scalars `flops` `=` $flops
      `bytes` `=` $bytes `graph` `=` $graph attr-dict }];
}

def Plan_ProgramOp : Plan_SymbolOp<"program", [IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "launches in order, for one direction and a batch, or 0 where there is none";
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$direction, Cnx_Int:$batch);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `direction` `=` $direction `batch` `=` $batch attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::llvm::StringRef":$direction, "int64_t":$batch)>];
}

def Plan_SectionOp : Plan_Op<"section"> {
  let summary = "the launches from here on are one part of a training program";
  let description = [{
    "forward", "loss", "backward", in this order. A caller runs them one after the other; the arena's contents stay in between.
  }];
  let arguments = (ins StrAttr:$name);
  let assemblyFormat = "$name attr-dict";
}

def Plan_ViewOp : Plan_Op<"view", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a typed window of a segment";
  let arguments = (ins FlatSymbolRefAttr:$segment, Cnx_Int:$offset);
  let results = (outs Plan_Buffer:$buffer);
  let assemblyFormat = "$segment `at` $offset attr-dict `:` qualified(type($buffer))";
  let hasVerifier = 1;
}

def Plan_AllocOp : Plan_Op<"alloc", [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a buffer that has no address yet";
  let results = (outs Res<Plan_Buffer, "", [MemAlloc]>:$buffer);
  let assemblyFormat = "attr-dict `:` qualified(type($buffer))";
}

def Plan_LaunchOp : Plan_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "one call of a kernel";
  let description = [{
    Buffers are in the kernel's argument order, scalars apart and in that order too. `id` numbers the launches of a module; the
    manifest and the launch hook use it.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Plan_Buffer>:$buffers,
      DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$scalars, Cnx_Int:$id);
  let assemblyFormat = [{ $kernel `(` $buffers `)` (`scalars` custom<Doubles>($scalars)^)? `id` `=` $id attr-dict
      (`:` qualified(type($buffers))^)? }];
  let hasVerifier = 1;
}

#endif
