; One query for all that Architrave reads of a JavaScript file. Captures are handled in document order by typescript.py.
(import_statement) @import
(export_statement) @export
(class_declaration) @class
(class) @class
(function_declaration) @function
(generator_function_declaration) @function
(function_expression) @function
(generator_function) @function
(arrow_function) @function
(method_definition) @function
(variable_declarator) @declarator
(assignment_expression) @assignment
(call_expression) @call
(new_expression) @call
(member_expression) @access
(subscript_expression) @access
(for_in_statement) @loop
(for_statement) @loop
(while_statement) @loop
(do_statement) @loop
(try_statement body: (_) @try)
(catch_clause) @catch
(if_statement) @if
(await_expression) @await
(expression_statement) @statement
(return_statement) @return
(binary_expression operator: ["<" "<=" ">" ">=" "==" "!=" "===" "!=="]) @comparison
(binary_expression left: (_) @defaulted operator: ["||" "??"])
(comment) @comment
