package com.example.shop.billing.api;

import com.example.shop.billing.model.Payment;
import com.example.shop.billing.model.PaymentDeclined;
import com.example.shop.billing.service.PaymentService;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.validation.annotation.Validated;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1")
@Validated
public class PaymentController {

    private final PaymentService payments;

    public PaymentController(PaymentService payments) {
        this.payments = payments;
    }

    @PostMapping("/invoices/{id}/payments")
    public ResponseEntity<Object> pay(@PathVariable long id, @Valid @RequestBody PayInvoice body) {
        try {
            var invoice = payments.pay(id, body.cardToken());
            return ResponseEntity.status(HttpStatus.CREATED).body(InvoiceView.of(invoice));
        } catch (PaymentDeclined e) {
            return ResponseEntity.ok(Map.of("error", e.getMessage()));
        }
    }

    @GetMapping("/payments/{id}")
    public Payment get(@PathVariable long id) {
        return payments.get(id);
    }

    @GetMapping("/payments")
    public List<PaymentView> list(
            @RequestParam String customerId,
            @RequestParam(defaultValue = "0") @Min(0) int page,
            @RequestParam(defaultValue = "20") @Min(1) @Max(100) int size) {
        return payments.ofCustomer(customerId, page, size).stream().map(PaymentView::of).toList();
    }
}
