; One query for all that Architrave reads of a Go file. Captures are handled in document order by go.py.
(import_spec) @import
(function_declaration) @function
(method_declaration) @function
(func_literal) @closure
(type_spec) @type
(type_alias) @type
(const_spec) @variable
(var_spec) @variable
(short_var_declaration) @assignment
(assignment_statement) @assignment
(receive_statement left: (expression_list)) @assignment
(call_expression) @call
(composite_literal type: [(type_identifier) (qualified_type)]) @literal
(selector_expression) @access
(for_statement) @loop
(if_statement) @if
(expression_statement (call_expression)) @alone
(go_statement) @alone
(defer_statement) @alone
(return_statement) @return
(binary_expression operator: ["<" "<=" ">" ">=" "==" "!="]) @comparison
(comment) @comment
