// RUN: cnx-opt %s --cnx-form-kernels=fusion=false --cnx-mark-in-place | FileCheck %s

// A kernel may write over an operand that dies, but not when its result is the function's: that one
// belongs to the caller.

// CHECK-LABEL: func.func @forward_b1
// CHECK: cnx.kernel "single"({{.*}}) {in_place
// CHECK: cnx.gelu
// CHECK: cnx.kernel "single"({{.*}}) : 
// CHECK-NOT: in_place
// CHECK: cnx.gelu
// CHECK: return
func.func @forward_b1(%image: tensor<1x4x4x16xf32> {cnx.name = "image"}) -> (tensor<1x4x4x16xf32> {cnx.name = "stem"}) {
  %0 = cnx.gelu %image : tensor<1x4x4x16xf32>
  %1 = cnx.gelu %0 : tensor<1x4x4x16xf32>
  %2 = cnx.gelu %1 : tensor<1x4x4x16xf32>
  return %2 : tensor<1x4x4x16xf32>
}
