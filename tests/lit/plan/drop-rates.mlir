// Whoever draws drop-path factors finds their rate at their segment.
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{fusion=false},cnx-mark-in-place),cnx-build-plan,cnx-assign-memory,cnx-check-plan)' | FileCheck %s
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{fusion=false},cnx-mark-in-place),cnx-build-plan,cnx-assign-memory)' | cnx-opt | FileCheck %s

module attributes {cnx.name = "small", cnx.info = "{}"} {
// CHECK: plan.segment @image kind = io bytes = 512{{$}}
// CHECK-NEXT: plan.segment @drop_path.2 kind = io bytes = 8 {rate = 0.15000000000000002 : f64}
// CHECK-NEXT: plan.segment @drop_path.5 kind = io bytes = 8 {rate = 2.500000e-01 : f64}
// CHECK-NEXT: plan.segment @pooled kind = io bytes = 128{{$}}
func.func @forward_b2(%x: tensor<2x2x2x16xf32> {cnx.name = "image"}, %f: tensor<2xf32> {cnx.name = "drop_path.2"},
                      %g: tensor<2xf32> {cnx.name = "drop_path.5"}) -> (tensor<2x16xf32> {cnx.name = "pooled"}) {
  %y = cnx.drop_path %x, %f rate = 0.15000000000000002 site = 2 : tensor<2x2x2x16xf32>, tensor<2xf32>
  %z = cnx.drop_path %y, %g rate = 0.25 site = 5 : tensor<2x2x2x16xf32>, tensor<2xf32>
  %o = cnx.mean_pool %z : tensor<2x2x2x16xf32>
  return %o : tensor<2x16xf32>
}
}
