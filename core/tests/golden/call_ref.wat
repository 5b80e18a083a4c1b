;; Calls of references need no table.
(module
  (type $t (func (param i32) (result i32)))
  (func (param i32 (ref $t)) (result i32)
    (call_ref $t (local.get 0) (local.get 1)))
  (func (param i32 (ref $t)) (result i32)
    (return_call_ref $t (local.get 0) (local.get 1))))
